-- Grain: one row per invoice whose case is being closed, with what settled it, oldest first. Key: case_key.
create or replace temp table case_evidence as
with settlements as (
    select p.document_key as case_key, 'Payment' as settlement, p.paid_on as settled_on, p.amount_paid as amount,
        p.currency_code, p.payment_key as source_key
    from core.payments p
    where not p.is_deleted and p.payment_status = 'AUTHORISED'
    union all
    select a.invoice_key, case c.credit_kind when 'overpayment' then 'Overpayment' when 'prepayment' then 'Prepayment'
            else 'Credit note' end, a.applied_on, a.amount_applied, a.currency_code, a.application_key
    from core.credit_applications a
    left join core.credits c on c.credit_key = a.credit_key
    where not a.is_deleted
)
select
    case_key,
    list({'settlement': settlement, 'settled_on': settled_on, 'amount': amount, 'currency_code': currency_code}
        order by settled_on, source_key) as settlements
from settlements
semi join (from case_actions where kind = 'case.close') a using (case_key)
group by case_key
