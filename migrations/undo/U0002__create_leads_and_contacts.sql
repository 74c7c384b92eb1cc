-- U0002__create_leads_and_contacts
-- Undoes: migrations/V0002__create_leads_and_contacts.sql
-- Loses:  the mirror of the CRM: a resynchronisation reads it anew

drop table contacts
/
drop table leads
/
delete from crm_migrations m
 where m.script = 'migrations/V0002__create_leads_and_contacts.sql'
/
commit
/
