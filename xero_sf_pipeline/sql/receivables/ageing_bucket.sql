-- The ageing bucket of a number of days since the due date; 0 or less is current.
create or replace macro receivables.ageing_bucket(days_overdue) as
    case
        when days_overdue <= 0 then 'current'
        when days_overdue <= 30 then '1_30'
        when days_overdue <= 60 then '31_60'
        when days_overdue <= 90 then '61_90'
        else 'over_90'
    end
