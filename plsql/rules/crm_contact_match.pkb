create or replace package body crm_contact_match
is
   co_name_length      constant pls_integer := 60;
   co_email_length     constant pls_integer := 200;
   co_phone_length     constant pls_integer := 13;
   co_job_title_length constant pls_integer := 30;

   -- As vw_crm_clients and vw_crm_clients_contacts show it; a contract test holds the three texts equal, since a view
   -- that called PL/SQL would do so for each of its rows.
   function national_digits(in_phone in varchar2) return varchar2 deterministic
   is
      co_national constant varchar2(4000 char) := regexp_replace(
         regexp_replace(regexp_replace(in_phone, '[^0-9]'), '^(0*55)+([0-9]{10,})$', '\2'),
         '^0[0-9]{2}([0-9]{10,11})$',
         '\1'
      );
   begin
      return case
                when co_national like '0%' and co_national not like '0800%' then ltrim(co_national, '0')
                else co_national
             end;
   end national_digits;

   function erp_form(
      in_field_name in varchar2,
      in_value      in varchar2
   ) return varchar2 deterministic
   is
      co_value constant varchar2(4000 char) := crm_rules.canonical(in_text => in_value);
   begin
      return case in_field_name
                when 'name' then rtrim(substr(co_value, 1, co_name_length))
                when 'email' then lower(substr(co_value, 1, co_email_length))
                when 'phone' then substr(national_digits(in_phone => co_value), 1, co_phone_length)
                when 'job_title' then rtrim(substr(co_value, 1, co_job_title_length))
                else co_value
             end;
   end erp_form;

   procedure refuse(
      in_person_id  in crm_contact_records.person_id%type,
      in_contacts   in pls_integer,
      in_record_key in crm_records.record_key%type
   )
   is
   begin
      crm_err.raise_error(
         in_number => crm_err.co_ambiguous,
         in_detail => 'person ' || in_person_id || ' may be any of ' || in_contacts || ' contacts of ' || in_record_key
      );
   end refuse;

   function contact_id_of(
      in_record_key in crm_records.record_key%type,
      in_person_id  in crm_contact_records.person_id%type,
      in_name       in varchar2,
      in_email      in varchar2
   ) return number
   is
      co_email     constant varchar2(4000 char) := erp_form(in_field_name => 'email', in_value => in_email);
      co_name      constant varchar2(4000 char) := erp_form(in_field_name => 'name', in_value => in_name);
      l_contact_id erp.contacts.id%type;
      l_contacts   pls_integer;
   begin
      select max(r.contact_id)
        into l_contact_id
        from crm_contact_records r
       where r.person_id = in_person_id;
      if l_contact_id is not null then
         return l_contact_id;
      end if;
      select min(c.id), count(*)
        into l_contact_id, l_contacts
        from crm_records r
        join erp.contacts c
          on c.client_code = r.client_code
         and c.branch_code = r.branch_code
       where r.record_key = in_record_key
         and c.id_crm = in_person_id;
      if l_contacts = 0 then
         select min(c.id), count(*)
           into l_contact_id, l_contacts
           from crm_records r
           join erp.contacts c
             on c.client_code = r.client_code
            and c.branch_code = r.branch_code
          where r.record_key = in_record_key
            and c.id_crm is null
            and not exists (
                   select null
                     from crm_contact_records k
                    where k.contact_id = c.id
                      and k.person_id is not null
                )
            and (
                   lower(trim(c.email)) = co_email
                   or (
                         co_email is null
                         and trim(c.email) is null
                         and nlssort(trim(c.name), 'NLS_SORT=BINARY_AI') = nlssort(co_name, 'NLS_SORT=BINARY_AI')
                      )
                );
      end if;
      if l_contacts > 1 then
         refuse(
            in_person_id  => in_person_id,
            in_contacts   => l_contacts,
            in_record_key => in_record_key
         );
      end if;
      return l_contact_id;
   end contact_id_of;

   function is_leftover(
      in_record_key in crm_records.record_key%type,
      in_name       in varchar2,
      in_email      in varchar2
   ) return boolean
   is
      co_email constant varchar2(4000 char) := erp_form(in_field_name => 'email', in_value => in_email);
      co_name  constant varchar2(4000 char) := erp_form(in_field_name => 'name', in_value => in_name);
      l_found  pls_integer;
   begin
      select count(*)
        into l_found
        from crm_outbox_events e
       cross join json_table(
                e.steps, '$[*]'
                columns (
                   step       varchar2(10 char)   path '$.step',
                   op         varchar2(10 char)   path '$.op',
                   contact_id number              path '$.contact_id',
                   name       varchar2(4000 char) path '$.fields.name',
                   email      varchar2(4000 char) path '$.fields.email'
                )
             ) s
       where e.record_key = in_record_key
         and e.attempts > 0
         and s.step = 'contact'
         and s.op = 'add'
         and (
                lower(trim(s.email)) = co_email
                or (
                      co_email is null
                      and trim(s.email) is null
                      and nlssort(trim(s.name), 'NLS_SORT=BINARY_AI') = nlssort(co_name, 'NLS_SORT=BINARY_AI')
                   )
             )
         and not exists (
                select null
                  from crm_records r
                  join erp.contacts c
                    on c.client_code = r.client_code
                   and c.branch_code = r.branch_code
                 where r.record_key = e.record_key
                   and c.id = s.contact_id
             )
         and (
                exists (
                   select null
                     from crm_contact_records k
                    where k.contact_id = s.contact_id
                      and k.person_id is null
                      and k.is_in_doubt = crm_types.co_yes
                )
                or exists (
                   select null
                     from crm_outbox_events d
                    cross join json_table(
                             d.steps, '$[*]'
                             columns (
                                op         varchar2(10 char) path '$.op',
                                contact_id number            path '$.contact_id',
                                person_id  number            path '$.person_id',
                                in_doubt   varchar2(5 char)  path '$.in_doubt'
                             )
                          ) x
                    where d.record_key = e.record_key
                      and d.event_id >= e.event_id
                      and d.status = 'DELIVERED'
                      and x.op = 'remove'
                      and x.contact_id = s.contact_id
                      and x.person_id is null
                      and x.in_doubt = 'true'
                      and not exists (
                             select null
                               from crm_let_go_persons g
                              where g.record_key = d.record_key
                                and g.let_go_on >= d.settled_on
                          )
                )
             );
      return l_found > 0;
   end is_leftover;
end crm_contact_match;
/
