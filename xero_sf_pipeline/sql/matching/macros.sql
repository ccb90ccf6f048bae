-- Normalisation of text, written once for both sides. Temporary macros: they live as long as the connection.

-- Lower case, letters without accents, '&' as 'and', initials closed up ('s.a.r.l.' -> 'sarl'), the rest as single spaces.
create or replace temp macro plain_letters(value) as
    -- The byte count equals the character count for plain ASCII, which most names are.
    if(strlen(value) = length(value), lower(value),
       strip_accents(replace(replace(replace(translate(lower(value), 'øłđ', 'old'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe')));

create or replace temp macro closed_initials(value) as
    if(contains(value, '.'), regexp_replace(value, '\b(\p{L})\.', '\1', 'g'), value);

create or replace temp macro plain_text(value) as
    -- Most values are plain words with single spaces already: recognising that costs a fifth of rewriting them.
    if(regexp_full_match(value, '[A-Za-z0-9]+(?: [A-Za-z0-9]+)*'), lower(value),
       trim(regexp_replace(
           closed_initials(translate(replace(plain_letters(value), '&', ' and '), '''’‘`´', '')),
           '[^\p{L}\p{N}]+', ' ', 'g')));

-- Letters and digits only, upper case; null when nothing is left. Used for numbers and postcodes.
create or replace temp macro plain_code(value) as
    nullif(upper(regexp_replace(value, '[^0-9A-Za-z]', '', 'g')), '');

-- The last nine digits of a telephone number without extension and leading zeros; null below seven digits.
-- Nine digits leave out country codes and trunk prefixes, which one side writes and the other does not.
create or replace temp macro bare_digits(value) as
    ltrim(regexp_replace(
        if(regexp_matches(lower(value), '[a-z]'), regexp_replace(lower(value), '(x|ext|extn|extension)[ .:]*[0-9]+ *$', ''), value),
        '[^0-9]', '', 'g'), '0');

create or replace temp macro phone_digits(value) as
    nullif(right(if(length(bare_digits(value)) >= 7, bare_digits(value), ''), 9), '');

-- An e-mail address in one spelling; null when it is not one address.
create or replace temp macro plain_email(value) as
    nullif(regexp_extract(lower(trim(value)), '^[^@\s]+@[^@\s]+\.[^@\s]+$'), '');

-- The registrable part of a host name: 'mail.acme.co.uk' -> 'acme.co.uk'.
create or replace temp macro registrable_domain(host) as
    nullif(regexp_extract(
        host, '([^.@/\s]+\.(?:(?:co|com|org|net|gov|govt|ac|edu|sch|school|or|ne|gen|ltd|plc|me|asn|id)\.[a-z]{2}|[a-z0-9-]+))$', 1),
    '');

-- The host name in what people type as a website, in lower case.
create or replace temp macro website_host(value) as
    nullif(regexp_extract(lower(trim(value)), '^(?:[a-z]+://)?([^/:?#\s]+)', 1), '');
