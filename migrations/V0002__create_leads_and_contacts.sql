-- V0002__create_leads_and_contacts
-- Why:    the mirror of the CRM, under the names that users know; tax ids, phones, numbers and postal codes are text.
-- Breaks: no
-- Undo:   drop table contacts; drop table leads

create table leads (
   id                 number(12) not null,
   name               varchar2(100 char),
   stage              varchar2(50 char),
   taxid              varchar2(14 char),
   industry           varchar2(60 char),
   source             varchar2(60 char),
   phone              varchar2(20 char),
   address_street     varchar2(200 char),
   address_zipcode    varchar2(8 char),
   address_number     varchar2(10 char),
   address_complement varchar2(200 char),
   address_district   varchar2(50 char),
   city               varchar2(60 char),
   state              varchar2(2 char),
   sales_rep          number(6),
   tax_registration   varchar2(20 char),
   client_code        number(8),
   budget_value       number(14, 2),
   order_value        number(14, 2),
   financial_analysis varchar2(200 char),
   constraint leads_pk primary key (id)
)
/
create index leads_taxid_idx on leads (taxid)
/
comment on table leads is 'Mirror of the leads of the CRM in late stages, after merging; a change here reaches the ERP'
/
comment on column leads.id is 'Id of the lead in the CRM'
/
comment on column leads.name is 'Company name'
/
comment on column leads.stage is 'Stage in the CRM; only stages that crm_stages marks as mirrored'
/
comment on column leads.taxid is 'CNPJ or CPF, text without punctuation'
/
comment on column leads.industry is 'Line of business, as the ERP spells it'
/
comment on column leads.source is 'Where the lead came from'
/
comment on column leads.phone is 'National number, digits only'
/
comment on column leads.address_street is 'Street'
/
comment on column leads.address_zipcode is 'CEP, eight digits, text'
/
comment on column leads.address_number is 'House number, text'
/
comment on column leads.address_complement is 'Address, second line'
/
comment on column leads.address_district is 'District'
/
comment on column leads.city is 'City, as the ERP spells it'
/
comment on column leads.state is 'UF'
/
comment on column leads.sales_rep is 'Code of the sales representative'
/
comment on column leads.tax_registration is 'State registration; null = exempt'
/
comment on column leads.client_code is 'Client in the ERP'
/
comment on column leads.budget_value is 'Value of the open quotations as last sent'
/
comment on column leads.order_value is 'Value of the orders as last sent'
/
comment on column leads.financial_analysis is 'Text of the credit analyst'
/

create table contacts (
   id          number(12) not null,
   name        varchar2(60 char),
   email       varchar2(200 char),
   phone       varchar2(20 char),
   job_title   varchar2(30 char),
   client_code number(8),
   is_primary  char(1 char) default 'N' not null,
   constraint contacts_pk primary key (id),
   constraint contacts_is_primary_ck check (is_primary in ('S', 'N'))
)
/
create index contacts_email_idx on contacts (email)
/
comment on table contacts is 'Mirror of the persons of the CRM'
/
comment on column contacts.id is 'Id of the person in the CRM'
/
comment on column contacts.name is 'Name'
/
comment on column contacts.email is 'E-mail address, lower case'
/
comment on column contacts.phone is 'National number, digits only'
/
comment on column contacts.job_title is 'Job title'
/
comment on column contacts.client_code is 'Client in the ERP'
/
comment on column contacts.is_primary is 'S = main contact of the lead'
/
