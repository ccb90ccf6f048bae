-- What is seen now takes the place of what was seen before; so does a new agreement.
delete from parties.seen_values s
where exists (from parties.field_values v where v.contact_key = s.contact_key and v.field = s.field);
delete from parties.agreed_values a
where exists (
    from parties.field_values v
    where v.contact_key = a.contact_key and v.field = a.field and v.xero_value is not distinct from v.sf_value
        and (a.agreed_value is distinct from v.xero_value or a.sf_account_id <> v.sf_account_id)
)
