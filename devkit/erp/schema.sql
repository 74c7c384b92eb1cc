-- Sample ERP: the tables of the customer's system that the integration reads, and the few it writes.
-- Run as an administrator with current_schema = ERP; every statement ends with a slash on its own line.

create table states (
   code varchar2(2 char) not null,
   name varchar2(40 char) not null,
   constraint states_pk primary key (code)
)
/
comment on table states is 'Federative units of Brazil'
/
comment on column states.code is 'UF, two letters'
/

create table cities (
   id         number(7) not null,
   name       varchar2(60 char) not null,
   state_code varchar2(2 char) not null,
   constraint cities_pk primary key (id),
   constraint cities_states_fk foreign key (state_code) references states (code)
)
/
create index cities_states_fk_idx on cities (state_code, name)
/
comment on table cities is 'Municipalities'
/
comment on column cities.id is 'IBGE code, seven digits'
/

create table industries (
   id          number(6) not null,
   description varchar2(60 char) not null,
   constraint industries_pk primary key (id),
   constraint industries_description_uk unique (description)
)
/
comment on table industries is 'Line of business of a client branch'
/

create sequence industries_id_seq start with 1000 increment by 1 nocache
/

create table sales_reps (
   code   number(6) not null,
   name   varchar2(60 char) not null,
   email  varchar2(200 char),
   status char(1 char) default 'A' not null,
   constraint sales_reps_pk primary key (code),
   constraint sales_reps_status_ck check (status in ('A', 'I'))
)
/
comment on table sales_reps is 'Sales representatives'
/
comment on column sales_reps.status is 'A = active, I = inactive'
/

create table clients (
   code        number(8) not null,
   name        varchar2(100 char) not null,
   trade_name  varchar2(100 char),
   person_type char(1 char) default 'J' not null,
   created_on  date default sysdate not null,
   status      char(1 char) default 'A' not null,
   constraint clients_pk primary key (code),
   constraint clients_person_type_ck check (person_type in ('J', 'F')),
   constraint clients_status_ck check (status in ('A', 'I'))
)
/
comment on table clients is 'Clients; each has one or more branches'
/
comment on column clients.name is 'Company name as registered'
/
comment on column clients.person_type is 'J = legal entity (CNPJ), F = natural person (CPF)'
/
comment on column clients.status is 'A = active, I = inactive'
/

create table branches (
   client_code        number(8) not null,
   code               number(4) not null,
   taxid              varchar2(14 char) not null,
   tax_registration   varchar2(20 char),
   address_street     varchar2(200 char),
   address_number     varchar2(10 char),
   address_complement varchar2(200 char),
   address_district   varchar2(50 char),
   address_zipcode    varchar2(8 char),
   city_id            number(7),
   phone              varchar2(20 char),
   sales_rep          number(6),
   industry_id        number(6),
   integrate_crm      char(1 char) default 'N' not null,
   id_crm             number(12),
   updated_on         date,
   constraint branches_pk primary key (client_code, code),
   constraint branches_taxid_uk unique (taxid),
   constraint branches_clients_fk foreign key (client_code) references clients (code),
   constraint branches_cities_fk foreign key (city_id) references cities (id),
   constraint branches_sales_reps_fk foreign key (sales_rep) references sales_reps (code),
   constraint branches_industries_fk foreign key (industry_id) references industries (id),
   constraint branches_integrate_crm_ck check (integrate_crm in ('S', 'N'))
)
/
create index branches_cities_fk_idx on branches (city_id)
/
create index branches_sales_reps_fk_idx on branches (sales_rep)
/
create index branches_industries_fk_idx on branches (industry_id)
/
create index branches_id_crm_idx on branches (id_crm)
/
comment on table branches is 'Client branches, one tax id each: the unit that is kept equal with the CRM'
/
comment on column branches.taxid is 'CNPJ (14 characters, letters possible since July 2026) or CPF (11 digits), without punctuation'
/
comment on column branches.tax_registration is 'State registration (IE); null = exempt (ISENTO)'
/
comment on column branches.address_number is 'House number; text, may be S/N or 123A'
/
comment on column branches.address_zipcode is 'CEP, eight digits; text, leading zeros count'
/
comment on column branches.phone is 'National number with area code, digits only'
/
comment on column branches.integrate_crm is 'S = the branch takes part in the CRM integration'
/
comment on column branches.id_crm is 'Id of the lead in the CRM; null until created there'
/

create sequence clients_code_seq start with 50000000 increment by 1 nocache
/

create table client_industries (
   client_code number(8) not null,
   industry_id number(6) not null,
   is_main     char(1 char) default 'N' not null,
   constraint client_industries_pk primary key (client_code, industry_id),
   constraint client_industries_clients_fk foreign key (client_code) references clients (code),
   constraint client_industries_industries_fk foreign key (industry_id) references industries (id),
   constraint client_industries_is_main_ck check (is_main in ('S', 'N'))
)
/
create index client_industries_industries_fk_idx on client_industries (industry_id)
/
comment on table client_industries is 'Lines of business of a client'
/
comment on column client_industries.is_main is 'S = main line of business'
/

create table sales_rep_branches (
   client_code number(8) not null,
   branch_code number(4) not null,
   sales_rep   number(6) not null,
   is_main     char(1 char) default 'N' not null,
   constraint sales_rep_branches_pk primary key (client_code, branch_code, sales_rep),
   constraint sales_rep_branches_branches_fk foreign key (client_code, branch_code)
      references branches (client_code, code),
   constraint sales_rep_branches_sales_reps_fk foreign key (sales_rep) references sales_reps (code),
   constraint sales_rep_branches_is_main_ck check (is_main in ('S', 'N'))
)
/
create index sales_rep_branches_sales_reps_fk_idx on sales_rep_branches (sales_rep)
/
comment on table sales_rep_branches is 'Sales representatives that look after a branch'
/
comment on column sales_rep_branches.is_main is 'S = the one in charge; the same as branches.sales_rep'
/

create table billing_addresses (
   id                 number(10) generated by default on null as identity,
   client_code        number(8) not null,
   branch_code        number(4) not null,
   address_street     varchar2(200 char) not null,
   address_number     varchar2(10 char),
   address_complement varchar2(200 char),
   address_district   varchar2(50 char),
   address_zipcode    varchar2(8 char),
   city_id            number(7),
   constraint billing_addresses_pk primary key (id),
   constraint billing_addresses_branches_fk foreign key (client_code, branch_code)
      references branches (client_code, code),
   constraint billing_addresses_cities_fk foreign key (city_id) references cities (id)
)
/
create index billing_addresses_branches_fk_idx on billing_addresses (client_code, branch_code)
/
create index billing_addresses_cities_fk_idx on billing_addresses (city_id)
/
comment on table billing_addresses is 'Where the invoices of a branch go'
/

create table credit_limit_history (
   id                 number(12) generated by default on null as identity,
   client_code        number(8) not null,
   branch_code        number(4) not null,
   changed_on         date default sysdate not null,
   credit_limit       number(14, 2) not null,
   financial_analysis varchar2(200 char),
   constraint credit_limit_history_pk primary key (id),
   constraint credit_limit_history_branches_fk foreign key (client_code, branch_code)
      references branches (client_code, code),
   constraint credit_limit_history_limit_ck check (credit_limit >= 0)
)
/
create index credit_limit_history_branches_fk_idx
   on credit_limit_history (client_code, branch_code, changed_on, id)
/
comment on table credit_limit_history is 'Credit decisions of a branch; the newest row is in force'
/
comment on column credit_limit_history.financial_analysis is 'Text of the analyst'
/

create table contact_job_titles (
   id          number(6) not null,
   description varchar2(30 char) not null,
   constraint contact_job_titles_pk primary key (id)
)
/
comment on table contact_job_titles is 'Catalogue of job titles'
/

create table contacts (
   id           number(10) generated by default on null as identity,
   client_code  number(8) not null,
   branch_code  number(4) not null,
   name         varchar2(60 char) not null,
   email        varchar2(200 char),
   phone        varchar2(20 char),
   job_title    varchar2(30 char),
   job_title_id number(6),
   is_primary   char(1 char) default 'N' not null,
   id_crm       number(12),
   updated_on   date,
   constraint contacts_pk primary key (id),
   constraint contacts_branches_fk foreign key (client_code, branch_code) references branches (client_code, code),
   constraint contacts_job_titles_fk foreign key (job_title_id) references contact_job_titles (id),
   constraint contacts_is_primary_ck check (is_primary in ('S', 'N'))
)
/
create index contacts_branches_fk_idx on contacts (client_code, branch_code)
/
create index contacts_job_titles_fk_idx on contacts (job_title_id)
/
comment on table contacts is 'People at a client branch'
/
comment on column contacts.job_title is 'Free text; when null, the catalogue entry job_title_id counts'
/
comment on column contacts.is_primary is 'S = main contact of the branch'
/
comment on column contacts.id_crm is 'Id of the person in the CRM; null until created there'
/

create table budgets (
   id          number(10) generated by default on null as identity,
   client_code number(8) not null,
   branch_code number(4) not null,
   issued_on   date default sysdate not null,
   valid_until date,
   sales_rep   number(6),
   status      char(1 char) default 'O' not null,
   constraint budgets_pk primary key (id),
   constraint budgets_branches_fk foreign key (client_code, branch_code) references branches (client_code, code),
   constraint budgets_sales_reps_fk foreign key (sales_rep) references sales_reps (code),
   constraint budgets_status_ck check (status in ('O', 'A', 'R'))
)
/
create index budgets_branches_fk_idx on budgets (client_code, branch_code)
/
create index budgets_sales_reps_fk_idx on budgets (sales_rep)
/
comment on table budgets is 'Quotations'
/
comment on column budgets.status is 'O = open, A = approved, R = rejected'
/

create table budget_items (
   budget_id        number(10) not null,
   item             number(4) not null,
   product_code     varchar2(20 char) not null,
   description      varchar2(100 char) not null,
   list_price       number(14, 2) not null,
   negotiated_price number(14, 2),
   constraint budget_items_pk primary key (budget_id, item),
   constraint budget_items_budgets_fk foreign key (budget_id) references budgets (id),
   constraint budget_items_list_price_ck check (list_price >= 0)
)
/
comment on table budget_items is 'Products of a quotation'
/
comment on column budget_items.list_price is 'Price per thousand units'
/
comment on column budget_items.negotiated_price is 'Price per thousand units; null or 0 = the list price counts'
/

create table budget_deliveries (
   budget_id    number(10) not null,
   item         number(4) not null,
   delivery     number(4) not null,
   deliver_on   date not null,
   min_quantity number(12) not null,
   max_quantity number(12),
   approved     char(1 char) default 'N' not null,
   constraint budget_deliveries_pk primary key (budget_id, item, delivery),
   constraint budget_deliveries_items_fk foreign key (budget_id, item) references budget_items (budget_id, item),
   constraint budget_deliveries_approved_ck check (approved in ('S', 'N')),
   constraint budget_deliveries_quantity_ck check (max_quantity >= min_quantity)
)
/
comment on table budget_deliveries is 'Planned deliveries of a quoted product'
/
comment on column budget_deliveries.min_quantity is 'Smallest quantity, in units'
/

create table sales_orders (
   id          number(10) generated by default on null as identity,
   client_code number(8) not null,
   branch_code number(4) not null,
   budget_id   number(10),
   ordered_on  date default sysdate not null,
   sales_rep   number(6),
   status      char(1 char) default 'O' not null,
   constraint sales_orders_pk primary key (id),
   constraint sales_orders_branches_fk foreign key (client_code, branch_code) references branches (client_code, code),
   constraint sales_orders_budgets_fk foreign key (budget_id) references budgets (id),
   constraint sales_orders_sales_reps_fk foreign key (sales_rep) references sales_reps (code),
   constraint sales_orders_status_ck check (status in ('O', 'F', 'C'))
)
/
create index sales_orders_branches_fk_idx on sales_orders (client_code, branch_code)
/
create index sales_orders_budgets_fk_idx on sales_orders (budget_id)
/
create index sales_orders_sales_reps_fk_idx on sales_orders (sales_rep)
/
comment on table sales_orders is 'Sales orders'
/
comment on column sales_orders.status is 'O = open, F = fulfilled, C = cancelled'
/

create table sales_order_items (
   order_id         number(10) not null,
   item             number(4) not null,
   product_code     varchar2(20 char) not null,
   description      varchar2(100 char) not null,
   list_price       number(14, 2) not null,
   negotiated_price number(14, 2),
   constraint sales_order_items_pk primary key (order_id, item),
   constraint sales_order_items_orders_fk foreign key (order_id) references sales_orders (id),
   constraint sales_order_items_list_price_ck check (list_price >= 0)
)
/
comment on table sales_order_items is 'Products of an order; prices per thousand units'
/

create table sales_order_deliveries (
   order_id   number(10) not null,
   item       number(4) not null,
   delivery   number(4) not null,
   deliver_on date not null,
   quantity   number(12) not null,
   constraint sales_order_deliveries_pk primary key (order_id, item, delivery),
   constraint sales_order_deliveries_items_fk foreign key (order_id, item)
      references sales_order_items (order_id, item),
   constraint sales_order_deliveries_quantity_ck check (quantity > 0)
)
/
comment on table sales_order_deliveries is 'Agreed deliveries of an ordered product'
/
