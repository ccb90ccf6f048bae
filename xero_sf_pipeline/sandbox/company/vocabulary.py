"""Words that company and person names are made of.

Belongs here: surnames, first names, trades, made-up brand syllables, streets. Does not belong here: places, postcodes,
legal forms (they belong to a country, see `countries`) and the rules that combine words (see `parties`).
"""

from __future__ import annotations

from typing import Final


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _phrases(text: str) -> tuple[str, ...]:
    return tuple(phrase.strip() for phrase in text.replace("\n", ",").split(",") if phrase.strip())


FIRST_NAMES: Final = _words(
    """Aisha Alan Alice Amelia Amir Andrew Angus Anna Arjun Beatrice Ben Bridget Callum Carmen Catherine Chloe Claire
    Colin Craig Daniel David Declan Deepa Diana Dominic Donald Eleanor Emily Emma Eoin Erin Ewan Fatima Fiona
    Frances Frank Gareth George Georgia Grace Graham Hannah Harriet Harry Heather Helen Hugh Ian Imogen Isla Ivan
    Jack Jane Jasmine Jenna Joanna Joe Joseph Julia Karen Katie Keith Kiran Laura Leah Leo Liam Lily Louise Lucy
    Luke Malcolm Marcus Maria Martha Matthew Maya Megan Michael Miriam Mohammed Molly Naomi Natalie Neil Niamh
    Nicola Nigel Nina Oliver Olivia Omar Oscar Owen Patrick Paul Penny Peter Philip Priya Rachel Rebecca Rhys
    Richard Robert Rosa Ross Ruth Ryan Sally Sam Sandra Sanjay Sarah Scott Sean Shona Simon Sofia Sophie Stephen
    Stuart Susan Tara Thomas Tim Toby Tom Vanessa Victoria Wendy William Yasmin Zara Zoe"""
)

SURNAMES: Final = _words(
    """Abbott Ackroyd Adair Adams Addison Ainsley Aldridge Alderton Allsop Ambrose Anderton Appleby Archer Arkwright
    Armitage Ashby Ashdown Ashworth Aspinall Atherton Atkins Atwood Bagshaw Bainbridge Balfour Bamford Bannister
    Barclay Barker Barlow Barnett Barraclough Bartlett Barton Bateman Baxter Beaumont Beckett Bedford Bellamy
    Bennett Benson Bentley Berwick Beswick Bickerton Birch Birtwistle Blackburn Blackwood Blakely Bolton Booth
    Boswell Boyd Bradbury Bradley Bramley Brennan Brewster Briggs Broadbent Brody Bromley Brook Brooke Brookes
    Buchanan Buckley Bullock Burgess Burnett Burrows Butterworth Byrne Cairns Calder Calvert Cameron Campion
    Cardwell Carlisle Carmichael Carver Cartwright Castell Caulfield Chadwick Chalmers Chandler Charlton Chester
    Clayton Clegg Clifford Clough Coates Cobb Cockburn Colborne Coleman Collier Compton Connolly Conway Cooper
    Copeland Corbett Cotton Coulson Coulter Cowan Cowley Cranston Crawford Crawley Croft Crompton Crosby Crossley
    Crowther Cunliffe Curran Dalgleish Dalton Daly Danby Darby Davenport Dawson Deakin Delaney Dempsey Denby
    Denholm Dewhurst Dickens Dixon Dobson Doherty Donnelly Dorrington Doyle Draper Drummond Duckworth Dunbar
    Duncan Dunn Dunne Durham Eastwood Eccles Eddington Edgar Elder Eldridge Ellery Ellis Elliot Elliott Ellwood
    Emery Entwistle Erskine Everett Fairfax Fairhurst Farnworth Farrell Faulkner Fenton Fenwick Ferris Fielding
    Finch Findlay Finlay Firth Fishwick Fleming Fletcher Forbes Forrester Forster Foster Fraser Frost Furness
    Gallagher Galloway Gardiner Gardner Garner Garrett Gaskell Gibson Gilchrist Gillespie Glover Goddard Goodwin
    Gorman Graves Greenwood Gregson Grenville Griffiths Grimshaw Hadley Haigh Hailey Hale Halliday Hallam Halstead
    Hamer Hampson Hanley Hardcastle Harding Hargreaves Harker Harkness Harley Harper Hartley Haslam Hathaway
    Hawthorn Hawthorne Hayward Haywood Hazell Heald Heaton Hebden Henshaw Heywood Hibbert Higgins Hindle Hobson
    Hodgson Holden Hollins Holroyd Hopkins Horrocks Howarth Hudson Huxley Illingworth Ingham Innes Ireland Irvine
    Ivory Jagger Jardine Jarvis Jefferson Jessop Jolley Kane Kavanagh Kaye Kearns Keating Keegan Keir Kendal
    Kendall Kenyon Kershaw Kilbride Kingsley Kirkby Kirkham Kirkwood Knott Lacey Laidlaw Lambert Langdon Langley
    Langton Larkin Latham Lawson Leadbetter Leonard Lester Linden Lindsay Linley Livesey Lockwood Lomax Longbottom
    Lowther Ludlow Lumley Lynch Macauley Maddox Makin Mallory Mansfield Marlow Marlowe Marsden Marsh Mather
    Maxwell Mayhew McAllister McBride McCabe McCarthy McDermott McGrath McIntyre McKay McKee McKenna McLeod
    McNally Meadows Mellor Mercer Merrick Metcalfe Middleton Milburn Millington Milne Molloy Monroe Moorcroft
    Morley Mortimer Mossman Mulligan Munro Murdoch Napier Naylor Nesbitt Newbold Newby Newton Nightingale Nolan
    Norcross Norris Nuttall Oakes Oakley Ogden Oldham Ormerod Osborne Paget Palmer Parkinson Parr Pearce Pearse
    Peel Pemberton Penrose Percival Pickering Pickles Pilkington Platt Pollard Pollock Prescott Preston Proctor
    Quayle Quigley Radcliffe Rainford Ramsay Ramsden Ramsey Ravenscroft Rawlinson Redfern Redmond Reeves Renshaw
    Riddell Ridley Rigby Riley Ritchie Roscoe Rothwell Rowbottom Rowland Royle Rushworth Rutherford Salter
    Sanderson Savage Sefton Selby Sewell Shackleton Sharples Shaw Shearer Sheldon Shepherd Sherwood Sinclair
    Singleton Skelton Slater Smedley Smithson Snowden Southern Speakman Spencer Stafford Standish Stansfield
    Stapleton Sterling Stirling Stockdale Stockton Strachan Stroud Sugden Sutcliffe Swann Swift Swindells Sykes
    Talbot Tanner Tate Tattersall Teasdale Tempest Thackeray Thornber Thornton Threlfall Thwaite Tilley Tindall
    Tomlinson Tordoff Townsend Travers Trevelyan Turnbull Tyldesley Unsworth Unwin Vance Varley Vaughan Verity
    Vickers Wadsworth Wainwright Wakefield Walmsley Walton Warburton Wardle Waring Warwick Waterhouse Weatherall
    Webster Weir Wetherby Whalley Wharton Wheatley Whitaker Whitehead Whiteley Whittaker Wilding Wilkes Winstanley
    Winterbottom Wolfenden Woodcock Woodhead Woodhouse Worsley Worthington Wyatt Yardley Yates Yeoman York Younger"""
)

TRADES: Final = _phrases(
    """Access Systems, Accountants, Acoustics, Agricultural Services, Air Conditioning, Aluminium, Analytics,
    Architects, Asbestos Removal, Asset Finance, Audio Visual, Automation, Automotive, Bakeries, Bathrooms,
    Bearings, Blinds, Boilers, Bookbinders, Brewery, Bricklayers, Broadband, Builders, Building Supplies,
    Cabinets, Cabling, Carpentry, Carpets, Castings, Catering, Ceramics, Chemicals, Civil Engineering, Cladding,
    Cleaning Services, Clinic, Coach Hire, Cold Storage, Commercial Interiors, Communications, Components,
    Composites, Concrete, Conservatories, Consultancy, Contractors, Control Systems, Conveyors, Couriers,
    Creative, Cycles, Dairy, Decorators, Demolition, Dental Laboratory, Design, Diagnostics, Distribution, Doors,
    Drainage, Dry Cleaners, Dry Lining, Ductwork, Eggs, Electrical, Electrical Services, Electronics, Energy,
    Engineering, Engineering Services, Environmental, Estates, Events, Excavations, Exhibitions, Exports,
    Fabrications, Facilities Management, Farms, Fasteners, Feeds, Fencing, Films, Financial Planning,
    Fire Protection, Fisheries, Fixings, Flooring, Florists, Foods, Forestry, Foundry, Freight, Fruit, Fuels,
    Furnishings, Furniture, Galvanising, Garage Doors, Garden Centre, Gaskets, Glass, Glazing, Grab Hire,
    Graphics, Groundworks, Haulage, Healthcare, Heating, Hire, Home Care, Homes, Hospitality, Hotels, Hydraulics,
    Imports, Industrial Supplies, Instruments, Insulation, Insurance Brokers, Interiors, Ironmongers, Irrigation,
    Jewellers, Joinery, Kitchens, Labels, Laboratories, Landscapes, Laundry, Lettings, Lifting Gear, Lifts,
    Lighting, Logistics, Lubricants, Machine Tools, Machinery, Maintenance, Manufacturing, Marine, Marketing,
    Masonry, Meats, Mechanical Services, Media, Medical Supplies, Metalwork, Metals, Mills, Mobility,
    Motor Factors, Motors, Mouldings, Nurseries, Office Supplies, Opticians, Packaging, Paints, Panels, Paper,
    Partitions, Paving, Pest Control, Pet Supplies, Pharmacy, Photography, Pipework, Plant Hire, Plasterers,
    Plastics, Plating, Plumbing, Polymers, Ports, Pottery, Poultry, Power Tools, Precision Engineering, Press,
    Print, Printers, Produce, Productions, Project Management, Properties, Property Maintenance, Publishing,
    Pumps, Quarries, Racking, Recruitment, Recycling, Refrigeration, Rehabilitation, Removals, Renewables,
    Restoration, Roofing, Rubber, Safety Training, Sails, Salvage, Scaffolding, Scientific, Sealants, Seafoods,
    Security, Seeds, Sheet Metal, Shipping, Shopfitters, Signs, Skip Hire, Skylights, Software, Solar,
    Solicitors, Spirits, Sports, Springs, Steel, Stone, Storage, Structures, Surfacing, Surveyors, Switchgear,
    Technical Services, Technologies, Telecoms, Testing, Textiles, Tiles, Timber, Tooling, Tools, Training,
    Transport, Travel, Tree Care, Tubes, Tyres, Upholstery, Valves, Vehicle Hire, Vending, Ventilation,
    Veterinary Centre, Vineyards, Warehousing, Waste Management, Water Treatment, Waterproofing, Welding,
    Wholesale, Windows, Wines, Wire, Woodworking, Workwear, Yachts"""
)

QUALIFIERS: Final = _words(
    """Advanced Allied Alpine Amber Apex Atlantic Beacon Blue Bright Britannia Capital Cardinal Castle Central
    Citadel City Classic Coastal Compass Copper County Crown Crystal Delta Diamond Dynamic Eagle Eastern Elite
    Emerald Empire Evergreen Falcon First Fortress Frontier Global Golden Granite Greenfield Harbour Heritage
    Highland Horizon Imperial Independent Inspired Iron Island Ivy Jubilee Keystone Kingfisher Lakeside Legacy
    Liberty Lighthouse Magnet Majestic Maple Meridian Metro Midland Millstone Modern Monarch National Neptune
    Noble Northern Oak Oakwood Olympic Optimum Orchard Orion Osprey Pacific Paragon Park Peak Pennine Phoenix
    Pinnacle Pioneer Platinum Prestige Prime Priory Quantum Quayside Rapid Raven Red Regal Regency Reliable Ridge
    Riverside Rowan Royal Sapphire Saxon Select Severn Silver Skyline Solent Southern Sovereign Spectrum Spire
    Standard Starling Summit Sunrise Swan Thistle Titan Total Trident Trinity Triumph Tudor Unity Universal Valley
    Vanguard Vector Venture Viking Vista Wessex Western Westgate Willow Windmill Yeoman Zenith"""
)

BRAND_HEADS: Final = _words(
    """Ab Ac Ad Aer Al Am An Aqu Ar As Av Bel Ben Bex Bio Bra Bri Cal Cam Cel Cen Cer Cla Cog Con Cor Cy Dex Di Dor
    Dry Du Eco El Em En Er Es Ev Fer Fin Flex Flu For Gal Gen Gly Gra Hel Hex Hy In Ir Iso Jen Jo Kal Kel Kin Kor
    Lam Lex Lin Lo Lum Mag Mar Mer Mil Mon Nav Neo Nex Nor Nov Ob Om Op Or Os Pal Par Pel Per Pri Pro Qua Rad Ren
    Rev Ri Ro Sal Sen Ser Sil Sol Son Sta Syn Tal Tec Ter The Tor Tra Tri Ul Un Va Vel Ver Vi Vol Wel Xan Yar Zan
    Zel"""
)
BRAND_MIDDLES: Final = _words(
    """a ba be bi bo ca ce ci co da de di do du e fi ga gi go i la le li lo lu ma me mi mo na ne ni no nu o pa pe pi
    po ra re ri ro ru sa se si so ta te ti to tu u va ve vi vo xi ya ze"""
)
BRAND_TAILS: Final = _words(
    """ba bex bis bo ca cel cent co con cor dan dex dia do don dyne fab fex fin flow fold form gen gon graph grid ia
    ical ico ion is ita ity ix ka kit lab lex lin line link lith lo logic lon lux ma mark max med mesh met mo na
    net nex nis no nova ola on onic ora os pac pan path phi plex pod port pro pulse ra ran rax ris ro ron sa scan
    sense sio sol som star sys ta tec ter tex tics tio ton tra tree tri tro tron ura va vance ven verse via vin
    vis vo volt ware wave wise works xa xis yte zo"""
)
BRAND_ENDINGS: Final = _words(
    """Group Holdings Solutions Systems Labs Partners Technologies Industries International Associates Digital
    Networks Ventures Services Products Consulting Trading"""
)
GROUP_WORDS: Final = _words("""Sons Daughters Partners Associates Brothers Co""")

STREET_NAMES: Final = _phrases(
    """Abbey, Acorn, Albert, Albion, Alma, Ashfield, Avenue, Bank, Baker, Barrack, Beech, Belmont, Bridge, Broad,
    Brook, Brunel, Burton, Cable, Canal, Carlton, Castle, Cathedral, Cedar, Chapel, Charles, Chestnut, Church,
    Clarence, Cliff, Coronation, Cross, Dale, Derwent, Dock, Duke, Eastgate, Edward, Elm, Enterprise, Factory,
    Fairfield, Farm, Ferry, Field, Forge, Foundry, Friar, Furnace, Garden, George, Glebe, Gordon, Grange, Green,
    Grove, Hall, Harbour, Hawthorn, High, Hill, Holly, Hope, Ivy, Jubilee, Kiln, King, Kingsway, Lancaster,
    Laurel, Lime, Livingstone, Lodge, London, Manor, Maple, Market, Meadow, Merchant, Mill, Milton, Moor, Nelson,
    New, Norfolk, North, Oak, Orchard, Oxford, Park, Parliament, Pine, Poplar, Portland, Priory, Quarry, Quay,
    Queen, Railway, Regent, Richmond, River, Rose, Rowan, Salisbury, School, Sheaf, South, Spring, Station,
    Stone, Summer, Temple, Thames, Tower, Trinity, Union, Upper, Vale, Victoria, Viaduct, Vine, Wellington, West,
    Wharf, William, Willow, Windsor, Wood, York"""
)
ESTATES: Final = _phrases(
    """Airfield Business Park, Bankside Works, Beacon Court, Bridge House, Canal Wharf, Castle Mills, Century House,
    Chapel Works, Crown House, Dales Business Centre, Eastfield Industrial Estate, Enterprise Centre,
    Forge Trading Estate, Gateway Park, Globe Works, Harbour Court, Innovation Centre, Kingfisher Business Park,
    Lockside Mills, Manor Farm, Meridian House, Northgate Industrial Estate, Old Brewery, Orchard Court,
    Phoenix Works, Quayside House, Riverside Business Park, Saxon Court, Southbank Studios, St James House,
    The Granary, The Maltings, The Old Dairy, Union Mill, Victoria Works, Waterside Park, Westgate House,
    Wharf Street Mills"""
)
