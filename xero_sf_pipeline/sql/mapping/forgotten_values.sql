-- What is seen now takes the place of what was seen before; so does a new agreement.
delete from mapping.seen_values s
where exists (from mapping.field_values v where v.xero_key = s.xero_key and v.field = s.field);
delete from mapping.agreed_values a
where exists (
    from mapping.field_values v
    where v.xero_key = a.xero_key and v.field = a.field and v.xero_value is not distinct from v.sf_value
        and (a.agreed_value is distinct from v.xero_value or a.sf_key <> v.sf_key)
)
