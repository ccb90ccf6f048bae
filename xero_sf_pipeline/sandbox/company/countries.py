"""Countries in which customers live: legal forms, towns, postcodes, dialling codes, spellings of the country.

Belongs here: what differs by country. Does not belong here: the four selling organisations (see `organisations`).
Legal forms are given as groups of spellings of one form; the first is the one in the register.
Towns are `name|postcode pattern|region|area code without the leading zero`; in a pattern `#` is a digit,
`@` a letter and anything else itself. Telephone numbers are random, so they belong to nobody on purpose.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from xero_sf_pipeline.sandbox.company.vocabulary import SURNAMES, TRADES


class Place(NamedTuple):
    """A town."""

    city: str
    postcode: str
    region: str
    area_code: str


@dataclass(frozen=True)
class Country:
    """One country's conventions. `subscriber_total` is the length of area code and number together."""

    code: str
    names: tuple[str, ...]
    currency: str
    dial: str
    trunk: str
    subscriber_total: int
    legal_forms: tuple[tuple[float, tuple[str, ...]], ...]
    places: tuple[Place, ...]
    surnames: tuple[str, ...]
    trades: tuple[str, ...]
    street_kinds: tuple[tuple[str, str], ...]
    house_number_last: bool
    domain_endings: tuple[str, ...]
    freemail: tuple[str, ...]
    tax_prefix: str


def _places(text: str) -> tuple[Place, ...]:
    return tuple(Place(*row.strip().split("|")) for row in text.replace("\n", ";").split(";") if row.strip())


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.replace("_", " ") for word in text.split())


_ENGLISH_STREETS: Final = (
    ("Street", "St"), ("Road", "Rd"), ("Lane", "Ln"), ("Avenue", "Ave"), ("Close", "Cl"), ("Drive", "Dr"),
    ("Place", "Pl"), ("Way", "Way"), ("Court", "Ct"), ("Crescent", "Cres"), ("Terrace", "Tce"), ("Square", "Sq"),
)  # fmt: skip
_FREEMAIL: Final = ("gmail.com", "outlook.com", "hotmail.com", "yahoo.com", "icloud.com")
_LTD: Final = ("Limited", "Ltd", "Ltd.", "LTD")

GB: Final = Country(
    "GB", ("United Kingdom", "UK", "GB", "Great Britain", "England"), "GBP", "44", "0", 10,
    (
        (0.80, _LTD), (0.06, ("LLP", "L.L.P.")), (0.05, ("PLC", "plc", "P.L.C.")), (0.09, ("",)),
    ),
    _places(
        """Aberdeen|AB## #@@|Aberdeenshire|1224;Bath|BA# #@@|Somerset|1225;Bedford|MK4# #@@|Bedfordshire|1234
        Belfast|BT# #@@|Antrim|2890;Birmingham|B## #@@|West Midlands|121;Blackburn|BB# #@@|Lancashire|1254
        Blackpool|FY# #@@|Lancashire|1253;Bolton|BL# #@@|Lancashire|1204;Bournemouth|BH# #@@|Dorset|1202
        Bradford|BD# #@@|West Yorkshire|1274;Brighton|BN# #@@|East Sussex|1273;Bristol|BS# #@@|Avon|117
        Burnley|BB1# #@@|Lancashire|1282;Cambridge|CB# #@@|Cambridgeshire|1223;Canterbury|CT# #@@|Kent|1227
        Cardiff|CF## #@@|South Glamorgan|2920;Carlisle|CA# #@@|Cumbria|1228;Chelmsford|CM# #@@|Essex|1245
        Cheltenham|GL5# #@@|Gloucestershire|1242;Chester|CH# #@@|Cheshire|1244;Colchester|CO# #@@|Essex|1206
        Coventry|CV# #@@|West Midlands|2476;Crewe|CW# #@@|Cheshire|1270;Croydon|CR# #@@|Surrey|2086
        Darlington|DL# #@@|County Durham|1325;Derby|DE2# #@@|Derbyshire|1332
        Doncaster|DN# #@@|South Yorkshire|1302;Dundee|DD# #@@|Angus|1382;Durham|DH# #@@|County Durham|1913
        Edinburgh|EH## #@@|Midlothian|131;Exeter|EX# #@@|Devon|1392;Falkirk|FK# #@@|Stirlingshire|1324
        Glasgow|G## #@@|Lanarkshire|141;Gloucester|GL# #@@|Gloucestershire|1452;Grimsby|DN3# #@@|Lincolnshire|1472
        Guildford|GU# #@@|Surrey|1483;Halifax|HX# #@@|West Yorkshire|1422;Harrogate|HG# #@@|North Yorkshire|1423
        Hereford|HR# #@@|Herefordshire|1432;Huddersfield|HD# #@@|West Yorkshire|1484
        Hull|HU# #@@|East Yorkshire|1482;Inverness|IV# #@@|Highland|1463;Ipswich|IP# #@@|Suffolk|1473
        Kendal|LA9 #@@|Cumbria|1539;Kettering|NN1# #@@|Northamptonshire|1536;Kilmarnock|KA# #@@|Ayrshire|1563
        Lancaster|LA# #@@|Lancashire|1524;Leeds|LS## #@@|West Yorkshire|113;Leicester|LE# #@@|Leicestershire|116
        Lincoln|LN# #@@|Lincolnshire|1522;Liverpool|L## #@@|Merseyside|151;London|EC#A #@@|Greater London|207
        London|SE## #@@|Greater London|208;London|N## #@@|Greater London|203;Luton|LU# #@@|Bedfordshire|1582
        Maidstone|ME1# #@@|Kent|1622;Manchester|M## #@@|Greater Manchester|161
        Middlesbrough|TS# #@@|Cleveland|1642;Milton Keynes|MK# #@@|Buckinghamshire|1908
        Newcastle upon Tyne|NE# #@@|Tyne and Wear|191;Newport|NP1# #@@|Gwent|1633
        Northampton|NN# #@@|Northamptonshire|1604;Norwich|NR# #@@|Norfolk|1603
        Nottingham|NG# #@@|Nottinghamshire|115;Oldham|OL# #@@|Lancashire|1617;Oxford|OX# #@@|Oxfordshire|1865
        Paisley|PA# #@@|Renfrewshire|1418;Perth|PH# #@@|Perthshire|1738;Peterborough|PE# #@@|Cambridgeshire|1733
        Plymouth|PL# #@@|Devon|1752;Portsmouth|PO# #@@|Hampshire|2392;Preston|PR# #@@|Lancashire|1772
        Reading|RG# #@@|Berkshire|118;Rochdale|OL1# #@@|Lancashire|1706;Rotherham|S6# #@@|South Yorkshire|1709
        Salisbury|SP# #@@|Wiltshire|1722;Scunthorpe|DN1# #@@|Lincolnshire|1724
        Sheffield|S## #@@|South Yorkshire|114;Shrewsbury|SY# #@@|Shropshire|1743;Slough|SL# #@@|Berkshire|1753
        Southampton|SO1# #@@|Hampshire|2380;Stockport|SK# #@@|Cheshire|1614
        Stoke-on-Trent|ST# #@@|Staffordshire|1782;Sunderland|SR# #@@|Tyne and Wear|1915
        Swansea|SA# #@@|West Glamorgan|1792;Swindon|SN# #@@|Wiltshire|1793;Taunton|TA# #@@|Somerset|1823
        Telford|TF# #@@|Shropshire|1952;Torquay|TQ# #@@|Devon|1803;Truro|TR# #@@|Cornwall|1872
        Wakefield|WF# #@@|West Yorkshire|1924;Warrington|WA# #@@|Cheshire|1925;Watford|WD# #@@|Hertfordshire|1923
        Wigan|WN# #@@|Lancashire|1942;Wolverhampton|WV# #@@|West Midlands|1902
        Worcester|WR# #@@|Worcestershire|1905;Yeovil|BA2# #@@|Somerset|1935;York|YO# #@@|North Yorkshire|1904"""
    ),
    SURNAMES, TRADES, _ENGLISH_STREETS, False, (".co.uk", ".co.uk", ".com", ".uk", ".net"),
    (*_FREEMAIL, "btinternet.com", "aol.com"), "GB",
)  # fmt: skip

IE: Final = Country(
    "IE", ("Ireland", "IE", "Republic of Ireland", "Eire"), "EUR", "353", "0", 9,
    ((0.84, _LTD), (0.08, ("DAC", "Designated Activity Company")), (0.08, ("",))),
    _places(
        """Athlone|N37 @#@#|Westmeath|90;Cork|T## @#@#|Cork|21;Drogheda|A92 @#@#|Louth|41;Dublin|D## @#@#|Dublin|1
        Ennis|V95 @#@#|Clare|65;Galway|H91 @#@#|Galway|91;Kilkenny|R95 @#@#|Kilkenny|56
        Letterkenny|F92 @#@#|Donegal|74;Limerick|V94 @#@#|Limerick|61;Sligo|F91 @#@#|Sligo|71
        Tralee|V92 @#@#|Kerry|66;Waterford|X91 @#@#|Waterford|51"""
    ),
    (
        *SURNAMES[::3], "Ó Briain", "O'Brien", "O'Connor", "O'Donnell", "O'Keeffe", "O'Neill", "O'Reilly",
        "Ní Dhomhnaill",
        "Breathnach", "Mac Cárthaigh", "Kinsella", "Hennessy", "Fitzgerald", "Moriarty", "Lenihan", "Costello",
    ),
    TRADES, _ENGLISH_STREETS, False, (".ie", ".ie", ".com"), (*_FREEMAIL, "eircom.net"), "IE",
)  # fmt: skip

DE: Final = Country(
    "DE", ("Germany", "Deutschland", "DE"), "EUR", "49", "0", 10,
    (
        (0.68, ("GmbH", "G.m.b.H.", "Gesellschaft mbH", "Gmbh")), (0.14, ("GmbH & Co. KG", "GmbH und Co. KG",
        "GmbH & Co KG")),
        (0.08, ("AG", "Aktiengesellschaft")), (0.05, ("UG", "UG (haftungsbeschränkt)")), (0.05, ("e.K.", "")),
    ),
    _places(
        """Aachen|52###|Nordrhein-Westfalen|241;Augsburg|86###|Bayern|821;Berlin|1####|Berlin|30
        Bielefeld|33###|Nordrhein-Westfalen|521;Bochum|44###|Nordrhein-Westfalen|234;Bremen|28###|Bremen|421
        Chemnitz|09###|Sachsen|371;Dresden|01###|Sachsen|351;Düsseldorf|40###|Nordrhein-Westfalen|211
        Erfurt|99###|Thüringen|361;Essen|45###|Nordrhein-Westfalen|201;Frankfurt am Main|60###|Hessen|69
        Freiburg|79###|Baden-Württemberg|761;Göttingen|37###|Niedersachsen|551;Hamburg|20###|Hamburg|40
        Hannover|30###|Niedersachsen|511;Heidelberg|69###|Baden-Württemberg|6221;Kassel|34###|Hessen|561
        Kiel|24###|Schleswig-Holstein|431;Köln|50###|Nordrhein-Westfalen|221;Leipzig|04###|Sachsen|341
        Lübeck|23###|Schleswig-Holstein|451;Mannheim|68###|Baden-Württemberg|621;München|80###|Bayern|89
        Münster|48###|Nordrhein-Westfalen|251;Nürnberg|90###|Bayern|911;Regensburg|93###|Bayern|941
        Rostock|18###|Mecklenburg-Vorpommern|381;Saarbrücken|66###|Saarland|681
        Stuttgart|70###|Baden-Württemberg|711;Ulm|89###|Baden-Württemberg|731;Würzburg|97###|Bayern|931"""
    ),
    _words(
        """Albrecht Arnold Bachmann Baumann Bauer Becker Behrens Berger Böhm Brandt Busch Böttcher Dietrich Ebert
        Engel Fischer Fuchs Förster Götz Graf Groß Günther Haas Hahn Hartmann Heinrich Herrmann Hofmann Hoffmann
        Huber Jäger Jansen Kaiser Keller Köhler König Krämer Kraus Krüger Kuhn Kühn Lang Lehmann Lindner Lorenz
        Ludwig Maier Mayer Meier Meyer Möller Müller Neumann Nowak Otto Peters Pfeiffer Pohl Richter Ritter Roth
        Sauer Schäfer Schmid Schmidt Schmitt Schneider Scholz Schreiber Schröder Schubert Schulte Schulz Schulze
        Schuster Schwarz Seidel Simon Sommer Stein Thomas Vogel Vogt Wagner Walter Weber Weiß Werner Winkler
        Winter Wolf Wolff Ziegler Zimmermann"""
    ),
    _words(
        """Anlagenbau Antriebstechnik Apparatebau Automation Bäckerei Baustoffe Bauunternehmung Dachdecker
        Druckerei Druckguss Elektrotechnik Energietechnik Fahrzeugbau Feinmechanik Fensterbau Fördertechnik
        Gartenbau Gießerei Glasbau Großhandel Handels Haustechnik Heizungsbau Holzbau Hydraulik Immobilien
        Industrieservice Kältetechnik Klimatechnik Kunststofftechnik Lackiererei Lebensmittel Logistik
        Lüftungsbau Maschinenbau Medizintechnik Messtechnik Metallbau Möbelwerkstätten Oberflächentechnik Optik
        Papier Präzisionsteile Recycling Schlosserei Sicherheitstechnik Software Spedition Stahlbau
        Steuerungstechnik Systemhaus Textil Tiefbau Tischlerei Umwelttechnik Verlag Verpackungen Weingut
        Werkzeugbau Zerspanung"""
    ),
    (("straße", "str."), ("weg", "weg"), ("allee", "allee"), ("gasse", "gasse")), True, (".de", ".de", ".com"),
    ("gmail.com", "gmx.de", "web.de", "t-online.de"), "DE",
)  # fmt: skip

FR: Final = Country(
    "FR", ("France", "FR"), "EUR", "33", "0", 9,
    ((0.5, ("SARL", "S.A.R.L.", "Sarl")), (0.32, ("SAS", "S.A.S.")), (0.1, ("SA", "S.A.")), (0.08, ("",))),
    _places(
        """Angers|49###|Maine-et-Loire|2;Besançon|25###|Doubs|3;Bordeaux|33###|Gironde|5;Brest|29###|Finistère|2
        Chambéry|73###|Savoie|4;Dijon|21###|Côte-d'Or|3;Grenoble|38###|Isère|4;Le Havre|76###|Seine-Maritime|2
        Lille|59###|Nord|3;Limoges|87###|Haute-Vienne|5;Lyon|69###|Rhône|4;Marseille|13###|Bouches-du-Rhône|4
        Metz|57###|Moselle|3;Montpellier|34###|Hérault|4;Nantes|44###|Loire-Atlantique|2
        Nice|06###|Alpes-Maritimes|4;Nîmes|30###|Gard|4;Orléans|45###|Loiret|2;Paris|750##|Paris|1
        Pau|64###|Pyrénées-Atlantiques|5;Reims|51###|Marne|3;Rennes|35###|Ille-et-Vilaine|2
        Saint-Étienne|42###|Loire|4;Strasbourg|67###|Bas-Rhin|3;Toulouse|31###|Haute-Garonne|5
        Tours|37###|Indre-et-Loire|2"""
    ),
    _words(
        """Aubert Barbier Béranger Bertrand Besson Blanchard Boucher Boyer Brunet Carpentier Chevalier Clément
        Colin Collet Cordier Cousin Delaunay Denis Deschamps Dubois Dufour Dumas Dupont Dupuis Durand Étienne
        Fabre Faure Fleury Fontaine Fournier François Gaillard Garnier Gauthier Gérard Girard Giraud Guérin
        Guillot Hébert Henry Hervé Hubert Huet Jacquet Joly Lacroix Lambert Laurent Leclerc Lefèvre Lefebvre
        Legrand Lemaire Lemoine Leroux Leroy Lévêque Lucas Marchal Marchand Maréchal Masson Mathieu Mercier
        Meunier Meyer Michaud Millet Moreau Morel Muller Noël Olivier Pélissier Perrin Perrot Philippe Picard
        Poirier Rémy Renard Renaud Rivière Robin Roche Rousseau Roussel Roux Royer Thévenet Tessier Vasseur
        Vidal Villeneuve"""
    ),
    _words(
        """Agencement Ambulances Ascenseurs Assainissement Automobiles Bâtiment Béton Boulangerie Brasserie Câblage
        Carrelage Charpente Chaudronnerie Chauffage Climatisation Confection Conseil Construction Couverture
        Cuisines Découpe Décoration Déménagement Diffusion Distribution Électricité Emballages Énergies
        Équipements Fermetures Fonderie Formation Froid Immobilier Imprimerie Informatique Ingénierie Isolation
        Laboratoires Literie Logistique Machines Maçonnerie Matériaux Mécanique Menuiserie Métallerie Meubles
        Négoce Nettoyage Outillage Papeterie Paysages Peinture Plastiques Plomberie Primeurs Publicité
        Restauration Revêtements Sécurité Serrurerie Signalisation Soudure Textile Transports Usinage Verrerie
        Vignobles Vins Voyages"""
    ),
    (("rue", "r."), ("avenue", "av."), ("boulevard", "bd"), ("chemin", "ch.")), False, (".fr", ".fr", ".com"),
    ("gmail.com", "orange.fr", "free.fr", "wanadoo.fr"), "FR",
)  # fmt: skip

NL: Final = Country(
    "NL", ("Netherlands", "The Netherlands", "NL", "Nederland"), "EUR", "31", "0", 9,
    ((0.84, ("B.V.", "BV", "bv")), (0.06, ("N.V.", "NV")), (0.10, ("VOF", "V.O.F.", ""))),
    _places(
        """Alkmaar|18## @@|Noord-Holland|72;Almere|13## @@|Flevoland|36;Amersfoort|38## @@|Utrecht|33
        Amsterdam|10## @@|Noord-Holland|20;Apeldoorn|73## @@|Gelderland|55;Arnhem|68## @@|Gelderland|26
        Breda|48## @@|Noord-Brabant|76;Delft|26## @@|Zuid-Holland|15;Den Haag|25## @@|Zuid-Holland|70
        Deventer|74## @@|Overijssel|570;Eindhoven|56## @@|Noord-Brabant|40;Enschede|75## @@|Overijssel|53
        Groningen|97## @@|Groningen|50;Haarlem|20## @@|Noord-Holland|23;Leeuwarden|89## @@|Friesland|58
        Leiden|23## @@|Zuid-Holland|71;Maastricht|62## @@|Limburg|43;Nijmegen|65## @@|Gelderland|24
        Rotterdam|30## @@|Zuid-Holland|10;Tilburg|50## @@|Noord-Brabant|13;Utrecht|35## @@|Utrecht|30
        Venlo|59## @@|Limburg|77;Zwolle|80## @@|Overijssel|38"""
    ),
    _words(
        """de_Jong Jansen de_Vries van_den_Berg Bakker van_Dijk Visser Smit Meijer de_Boer Mulder de_Groot Bos Vos
        Peters Hendriks Dekker van_Leeuwen Brouwer de_Wit Dijkstra Smits de_Graaf van_der_Meer Kok Jacobs
        de_Haan Vermeulen van_der_Heijden Veenstra van_den_Broek Kuipers Post Kramer Prins Huisman Maas
        Verhoeven Koster Willems Hoekstra Evers Blom van_Vliet Sanders Timmermans Bosch Wolters Scholten Kuiper
        Molenaar Postma Driessen Martens Peeters"""
    ),
    _words(
        """Aannemers Advies Afbouw Automatisering Bakkerij Bestrating Betontechniek Bloemen Bouw Bouwmaterialen
        Constructie Dakwerken Drukkerij Elektrotechniek Expeditie Exploitatie Gevelbouw Glashandel Grondwerken
        Groothandel Hijstechniek Horeca Houthandel Hoveniers Import Industrie Installatietechniek Interieurbouw
        Isolatie Keukens Klimaattechniek Koeltechniek Kozijnen Kunststoffen Kwekerij Logistiek Machinebouw
        Makelaardij Meubelen Metaalbewerking Montage Onderhoud Papier Pompen Reclame Recycling Schilders
        Schoonmaak Sloopwerken Staalbouw Stukadoors Tegels Timmerwerken Transport Tuincentrum Vastgoed Verhuur
        Verpakkingen Visserij Wegenbouw Zuivel"""
    ),
    (("straat", "str."), ("weg", "weg"), ("laan", "ln."), ("kade", "kade")), True, (".nl", ".nl", ".eu"),
    ("gmail.com", "ziggo.nl", "kpnmail.nl", "hotmail.com"), "NL",
)  # fmt: skip

US: Final = Country(
    "US", ("United States", "USA", "US", "United States of America"), "USD", "1", "", 10,
    (
        (0.42, ("Inc.", "Inc", "Incorporated", "INC")), (0.40, ("LLC", "L.L.C.", "Llc")),
        (0.10, ("Corp.", "Corp", "Corporation")), (0.08, ("",)),
    ),
    _places(
        """Albany|122##|NY|518;Atlanta|303##|GA|404;Austin|787##|TX|512;Baltimore|212##|MD|410;Boise|837##|ID|208
        Boston|021##|MA|617;Buffalo|142##|NY|716;Charlotte|282##|NC|704;Chicago|606##|IL|312
        Cincinnati|452##|OH|513;Cleveland|441##|OH|216;Columbus|432##|OH|614;Dallas|752##|TX|214
        Denver|802##|CO|303;Detroit|482##|MI|313;Houston|770##|TX|713;Indianapolis|462##|IN|317
        Kansas City|641##|MO|816;Louisville|402##|KY|502;Madison|537##|WI|608;Memphis|381##|TN|901
        Miami|331##|FL|305;Milwaukee|532##|WI|414;Minneapolis|554##|MN|612;Nashville|372##|TN|615
        New Orleans|701##|LA|504;New York|100##|NY|212;Omaha|681##|NE|402;Orlando|328##|FL|407
        Philadelphia|191##|PA|215;Phoenix|850##|AZ|602;Pittsburgh|152##|PA|412;Portland|972##|OR|503
        Portland|041##|ME|207;Raleigh|276##|NC|919;Richmond|232##|VA|804;Sacramento|958##|CA|916
        Salt Lake City|841##|UT|801;San Antonio|782##|TX|210;San Diego|921##|CA|619;San Francisco|941##|CA|415
        Seattle|981##|WA|206;Springfield|627##|IL|217;Springfield|011##|MA|413;St. Louis|631##|MO|314
        Tampa|336##|FL|813;Tulsa|741##|OK|918;Wichita|672##|KS|316"""
    ),
    (
        *SURNAMES[1::3], "Alvarez", "Becker", "Castillo", "Diaz", "Espinoza", "Fuentes", "Garcia", "Hernandez",
        "Kowalski",
        "Larsen", "Lindqvist", "Lopez", "Martinez", "Mendoza", "Nguyen", "Novak", "Olson", "Ortega", "Peterson",
        "Ramirez",
        "Rosenberg", "Schultz", "Swanson", "Torres", "Vasquez", "Weiss", "Zimmerman",
    ),
    TRADES, _ENGLISH_STREETS, False, (".com", ".com", ".com", ".net", ".us"), (*_FREEMAIL, "comcast.net"), "",
)  # fmt: skip

AU: Final = Country(
    "AU", ("Australia", "AU", "AUS"), "AUD", "61", "0", 9,
    ((0.88, ("Pty Ltd", "Pty Limited", "Pty. Ltd.", "P/L", "Proprietary Limited")), (0.04, ("Ltd", "Limited")),
    (0.08, ("",))),
    _places(
        """Adelaide|50##|SA|8;Albury|2640|NSW|2;Ballarat|3350|VIC|3;Bendigo|3550|VIC|3;Brisbane|40##|QLD|7
        Bunbury|6230|WA|8;Cairns|4870|QLD|7;Canberra|26##|ACT|2;Darwin|08##|NT|8;Fremantle|6160|WA|8
        Geelong|32##|VIC|3;Gold Coast|42##|QLD|7;Hobart|70##|TAS|3;Launceston|7250|TAS|3;Mackay|4740|QLD|7
        Melbourne|30##|VIC|3;Newcastle|23##|NSW|2;Orange|2800|NSW|2;Parramatta|2150|NSW|2;Perth|60##|WA|8
        Sydney|20##|NSW|2;Toowoomba|4350|QLD|7;Townsville|4810|QLD|7;Wagga Wagga|2650|NSW|2;Wollongong|25##|NSW|2"""
    ),
    (*SURNAMES[2::3], "Papadopoulos", "Nguyen", "Rossi", "Caruso", "Tran", "Singh", "Kelly", "O'Shea", "Ferrari",
    "Costa"),
    TRADES, _ENGLISH_STREETS, False, (".com.au", ".com.au", ".net.au", ".com"), (*_FREEMAIL, "bigpond.com"), "",
)  # fmt: skip

NZ: Final = Country(
    "NZ", ("New Zealand", "NZ", "Aotearoa New Zealand"), "NZD", "64", "0", 8,
    ((0.90, _LTD), (0.10, ("",))),
    _places(
        """Ashburton|7700|Canterbury|3;Auckland|10##|Auckland|9;Blenheim|7201|Marlborough|3;Cambridge|3434|Waikato|7
        Christchurch|80##|Canterbury|3;Dunedin|90##|Otago|3;Gisborne|4010|Gisborne|6;Hamilton|32##|Waikato|7
        Hastings|4122|Hawke's Bay|6;Invercargill|9810|Southland|3;Kapiti|5032|Wellington|4
        Lower Hutt|50##|Wellington|4;Masterton|5810|Wairarapa|6;Napier|4110|Hawke's Bay|6;Nelson|7010|Nelson|3
        New Plymouth|4310|Taranaki|6;North Shore|06##|Auckland|9;Palmerston North|44##|Manawatū|6
        Queenstown|9300|Otago|3;Rotorua|3010|Bay of Plenty|7;Taupō|3330|Waikato|7;Tauranga|31##|Bay of Plenty|7
        Timaru|7910|Canterbury|3;Wellington|60##|Wellington|4;Whangārei|0110|Northland|9;Whanganui|4500|Manawatū|6"""
    ),
    (*SURNAMES[::2], "Tāmihana", "Parata", "Ngata", "Te Ao", "Rāwiri", "Hēnare", "Tūhoe", "Faleolo", "Tupou", "Sione"),
    TRADES, _ENGLISH_STREETS, False, (".co.nz", ".co.nz", ".nz", ".com"), (*_FREEMAIL, "xtra.co.nz"), "",
)  # fmt: skip

COUNTRIES: Final = {country.code: country for country in (GB, IE, DE, FR, NL, US, AU, NZ)}
