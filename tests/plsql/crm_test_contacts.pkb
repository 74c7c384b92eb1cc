create or replace package body crm_test_contacts
is
   co_client    constant pls_integer := crm_test_fixture.co_client_code;
   co_lead_id   constant pls_integer := crm_test_fixture.co_crm_id;
   co_person_id constant pls_integer := 990000200;
   co_other_id  constant pls_integer := 990000201;

   g_key crm_records.record_key%type;

   function applied(in_persons in varchar2) return varchar2
   is
      r_webhook    crm_inbox_events%rowtype := crm_test_fixture.new_webhook(in_event_type => 'PERSON_UPDATED');
      l_record_key crm_records.record_key%type;
      l_result     crm_types.status_type;
   begin
      crm_echo.note_reads(in_inbox_ids => crm_ids_ct(r_webhook.inbox_id));
      crm_apply.apply_contacts(
         in_inbox_id    => r_webhook.inbox_id,
         in_fence_token => r_webhook.fence_token,
         in_contacts    => '[' || in_persons || ']',
         out_record_key => l_record_key,
         out_result     => l_result
      );
      return l_result;
   end applied;

   function person(
      in_name       in varchar2    default 'Ana Lima',
      in_email      in varchar2    default 'ana@example.com',
      in_phone      in varchar2    default '1133334444',
      in_job_title  in varchar2    default 'Compras',
      in_is_primary in varchar2    default 'N',
      in_person_id  in pls_integer default co_person_id
   ) return varchar2
   is
      l_person json_object_t := json_object_t.parse('{}');
   begin
      l_person.put('person_id', in_person_id);
      l_person.put('name', in_name);
      l_person.put('email', in_email);
      l_person.put('phone', in_phone);
      l_person.put('job_title', in_job_title);
      l_person.put('is_primary', in_is_primary);
      return l_person.to_string;
   end person;

   procedure prepare
   is
   begin
      crm_test_fixture.quiet;
      g_key := crm_test_fixture.new_synced_branch;
      -- the lead is in a mirrored stage
      ut.expect(crm_test_fixture.apply(crm_test_fixture.lead(g_key))).to_be_not_null();
      update crm_settings s
         set s.value = 'S'
       where s.name in ('send_steps', 'take_contacts');
      crm_test_fixture.quiet;
   end prepare;

   function new_contact(
      in_name        in varchar2    default 'Ana Lima',
      in_email       in varchar2    default 'ana@example.com',
      in_is_primary  in varchar2    default 'N',
      in_branch_code in pls_integer default 1
   ) return number
   is
      l_id erp.contacts.id%type;
   begin
      insert into erp.contacts (client_code, branch_code, name, email, phone, job_title, is_primary)
      values (co_client, in_branch_code, in_name, in_email, '(11) 3333-4444', 'Compras', in_is_primary)
      returning id into l_id;
      return l_id;
   end new_contact;

   -- A contact on which both sides agree, as person co_person_id.
   function agreed_contact return number
   is
      l_id erp.contacts.id%type;
   begin
      ut.expect(applied(person)).to_equal('APPLIED');
      select c.id
        into l_id
        from erp.contacts c
       where c.id_crm = co_person_id;
      crm_test_fixture.quiet;
      return l_id;
   end agreed_contact;

   function contact(in_contact_id in number) return erp.contacts%rowtype
   is
      r_contact erp.contacts%rowtype;
   begin
      select c.*
        into r_contact
        from erp.contacts c
       where c.id = in_contact_id;
      return r_contact;
   end contact;

   function contacts_count return pls_integer
   is
      l_contacts pls_integer;
   begin
      select count(*)
        into l_contacts
        from erp.contacts c
       where c.client_code = co_client
         and c.branch_code = 1;
      return l_contacts;
   end contacts_count;

   function agreed(in_contact_id in number) return crm_contact_records%rowtype
   is
      r_contact crm_contact_records%rowtype;
   begin
      select r.*
        into r_contact
        from crm_contact_records r
       where r.contact_id = in_contact_id;
      return r_contact;
   end agreed;

   function ready_count return pls_integer
   is
   begin
      return crm_test_fixture.event_count(in_record_key => g_key, in_status => 'READY');
   end ready_count;

   function steps_count return pls_integer
   is
      l_steps pls_integer;
   begin
      select count(*)
        into l_steps
        from crm_record_steps_v s
       where s.client_code = co_client
         and s.branch_code = 1
         and s.contact_id > 0;
      return l_steps;
   end steps_count;

   function detail return varchar2
   is
      l_detail crm_inbox_events.detail%type;
   begin
      select max(i.detail) keep (dense_rank last order by i.inbox_id)
        into l_detail
        from crm_inbox_events i
       where i.crm_id = co_lead_id;
      return l_detail;
   end detail;

   procedure back_in_time
   is
   begin
      update crm_contact_records r
         set r.missing_on = r.missing_on - interval '1' hour
       where r.record_key = g_key;
   end back_in_time;

   procedure new_person
   is
      r_contact erp.contacts%rowtype;
   begin
      r_contact := contact(agreed_contact);
      ut.expect(r_contact.name).to_equal('Ana Lima');
      ut.expect(r_contact.email).to_equal('ana@example.com');
      ut.expect(r_contact.phone).to_equal('1133334444');
      ut.expect(r_contact.job_title).to_equal('Compras');
      ut.expect(r_contact.branch_code).to_equal(1);
      ut.expect(agreed(r_contact.id).person_id).to_equal(co_person_id);
      ut.expect(crm_test_fixture.event_count(in_record_key => g_key, in_status => 'READY')).to_equal(0);
      ut.expect(steps_count).to_equal(0);
   end new_person;

   procedure changed_in_the_crm
   is
      co_id constant number := agreed_contact;
   begin
      ut.expect(applied(person(in_phone => '11988887777', in_job_title => 'Diretora'))).to_equal('APPLIED');
      ut.expect(contact(co_id).phone).to_equal('11988887777');
      ut.expect(contact(co_id).job_title).to_equal('Diretora');
      ut.expect(contact(co_id).name).to_equal('Ana Lima');
      ut.expect(ready_count).to_equal(0);
      ut.expect(steps_count).to_equal(0);
   end changed_in_the_crm;

   procedure changed_in_the_erp
   is
      co_id constant number := agreed_contact;
   begin
      update erp.contacts c
         set c.phone = '1155556666'
       where c.id = co_id;
      crm_test_fixture.quiet;
      ut.expect(applied(person)).to_equal('UNCHANGED');
      ut.expect(contact(co_id).phone).to_equal('1155556666');
      ut.expect(ready_count).to_equal(1);
      ut.expect(steps_count).to_equal(1);
   end changed_in_the_erp;

   procedure disjoint_edits
   is
      co_id constant number := agreed_contact;
   begin
      update erp.contacts c
         set c.phone = '1155556666'
       where c.id = co_id;
      crm_test_fixture.quiet;
      ut.expect(applied(person(in_name => 'Ana Maria'))).to_equal('APPLIED');
      ut.expect(contact(co_id).phone).to_equal('1155556666');
      ut.expect(contact(co_id).name).to_equal('Ana Maria');
      ut.expect(ready_count).to_equal(1);
   end disjoint_edits;

   procedure both_changed
   is
      co_id   constant number := agreed_contact;
      l_taken crm_merge_audit.taken%type;
   begin
      update erp.contacts c
         set c.phone = '1155556666'
       where c.id = co_id;
      ut.expect(applied(person(in_phone => '11988887777'))).to_equal('APPLIED');
      ut.expect(contact(co_id).phone).to_equal('11988887777');
      select max(a.taken)
        into l_taken
        from crm_merge_audit a
       where a.record_key = g_key
         and a.contact_id = co_id
         and a.field_name = 'phone'
         and a.erp_value = '1155556666';
      ut.expect(l_taken).to_equal('CRM');
      update crm_contact_policies p
         set p.policy = 'ERP'
       where p.field_name = 'phone';
      update erp.contacts c
         set c.phone = '1155557777'
       where c.id = co_id;
      ut.expect(applied(person(in_phone => '11988881111'))).to_equal('UNCHANGED');
      ut.expect(contact(co_id).phone).to_equal('1155557777');
   end both_changed;

   procedure erp_owned_field
   is
      co_id constant number := agreed_contact;
   begin
      update crm_contact_policies p
         set p.policy = 'ERP'
       where p.field_name = 'name';
      ut.expect(applied(person(in_name => 'Outra'))).to_equal('UNCHANGED');
      ut.expect(contact(co_id).name).to_equal('Ana Lima');
      ut.expect(crm_fields.text_of(json_object_t.parse(agreed(co_id).agreed_image), 'name')).to_equal('Outra');
      ut.expect(ready_count).to_equal(1);
   end erp_owned_field;

   procedure found_by_id
   is
      co_id constant number := agreed_contact;
   begin
      ut.expect(applied(person(in_email => 'outra@example.com'))).to_equal('APPLIED');
      ut.expect(contacts_count).to_equal(1);
      ut.expect(contact(co_id).email).to_equal('outra@example.com');
   end found_by_id;

   procedure found_by_email
   is
      co_id constant number := new_contact(in_email => 'Ana@Example.com');
   begin
      crm_test_fixture.quiet;
      ut.expect(applied(person(in_name => 'Ana L.'))).to_equal('APPLIED');
      ut.expect(contacts_count).to_equal(1);
      ut.expect(contact(co_id).id_crm).to_equal(co_person_id);
      ut.expect(contact(co_id).name).to_equal('Ana L.');
      ut.expect(agreed(co_id).person_id).to_equal(co_person_id);
      -- the spelling of an equal address is left to the ERP
      ut.expect(contact(co_id).email).to_equal('Ana@Example.com');
      ut.expect(ready_count).to_equal(0);
   end found_by_email;

   procedure found_by_name
   is
      co_id constant number := new_contact(in_name => 'Zoé Araújo', in_email => null);
   begin
      crm_test_fixture.quiet;
      ut.expect(applied(person(in_name => 'ZOE ARAUJO', in_email => null))).to_equal('APPLIED');
      ut.expect(contacts_count).to_equal(1);
      ut.expect(contact(co_id).id_crm).to_equal(co_person_id);
   end found_by_name;

   procedure several_contacts
   is
      co_first  constant number := new_contact(in_name => 'Compras A', in_email => 'compras@example.com');
      co_second constant number := new_contact(in_name => 'Compras B', in_email => 'compras@example.com');
   begin
      crm_test_fixture.quiet;
      ut.expect(applied(
         person(in_email => 'compras@example.com') || ','
         || person(in_name => 'Bia', in_email => 'bia@example.com', in_person_id => co_other_id)
      )).to_equal('PARKED');
      ut.expect(detail).to_be_like('%person ' || co_person_id || ' may be several contacts%');
      ut.expect(contact(co_first).id_crm).to_be_null();
      ut.expect(contact(co_second).id_crm).to_be_null();
      ut.expect(contacts_count).to_equal(3);
   end several_contacts;

   procedure several_persons
   is
      co_id constant number := new_contact(in_email => 'compras@example.com');
   begin
      crm_test_fixture.quiet;
      ut.expect(applied(
         person(in_email => 'compras@example.com') || ','
         || person(in_name => 'Bia', in_email => 'compras@example.com', in_person_id => co_other_id)
      )).to_equal('PARKED');
      ut.expect(contact(co_id).id_crm).to_be_null();
      ut.expect(contacts_count).to_equal(1);
   end several_persons;

   procedure parked_is_overtaken
   is
      co_first  constant number := new_contact(in_name => 'Compras A', in_email => 'compras@example.com');
      co_second constant number := new_contact(in_name => 'Compras B', in_email => 'compras@example.com');
      l_parked  pls_integer;
   begin
      ut.expect(applied(person(in_email => 'compras@example.com'))).to_equal('PARKED');
      ut.expect(applied(person(in_email => 'compras@example.com'))).to_equal('PARKED');
      select count(*)
        into l_parked
        from crm_inbox_events i
       where i.crm_id = co_lead_id
         and i.status = 'PARKED';
      ut.expect(l_parked).to_equal(1);
      -- a reading of the lead alone says nothing of its persons
      ut.expect(crm_test_fixture.apply(crm_test_fixture.lead(g_key, 'phone', '11988887777'))).to_equal('APPLIED');
      select count(*)
        into l_parked
        from crm_inbox_events i
       where i.crm_id = co_lead_id
         and i.status = 'PARKED';
      ut.expect(l_parked).to_equal(1);
      update erp.contacts c
         set c.email = 'outro@example.com'
       where c.id = co_second;
      ut.expect(applied(person(in_email => 'compras@example.com'))).to_equal('APPLIED');
      select count(*)
        into l_parked
        from crm_inbox_events i
       where i.crm_id = co_lead_id
         and i.status = 'PARKED';
      ut.expect(l_parked).to_equal(0);
      ut.expect(contact(co_first).id_crm).to_equal(co_person_id);
   end parked_is_overtaken;

   procedure other_client
   is
      co_other constant crm_records.record_key%type := crm_test_fixture.new_branch(in_branch_code => 2);
      co_id    constant number := new_contact(in_branch_code => 2);
   begin
      ut.expect(co_other).to_be_not_null();
      crm_test_fixture.quiet;
      ut.expect(applied(person)).to_equal('APPLIED');
      ut.expect(contact(co_id).id_crm).to_be_null();
      ut.expect(contacts_count).to_equal(1);
   end other_client;

   function main_contacts return varchar2
   is
      l_names varchar2(400 char);
   begin
      select listagg(c.name, ',') within group (order by c.name)
        into l_names
        from erp.contacts c
       where c.client_code = co_client
         and c.branch_code = 1
         and c.is_primary = 'S';
      return l_names;
   end main_contacts;

   procedure one_main_contact
   is
      co_unsent constant number := new_contact(in_name => 'Caio', in_email => 'caio@example.com', in_is_primary => 'S');
   begin
      ut.expect(applied(person(in_is_primary => 'S'))).to_equal('APPLIED');
      ut.expect(main_contacts).to_equal('Ana Lima');
      ut.expect(contact(co_unsent).is_primary).to_equal('N');
      ut.expect(applied(
         person || ','
         || person(
            in_name => 'Bia', in_email => 'bia@example.com', in_is_primary => 'S', in_person_id => co_other_id
         )
      )).to_equal('APPLIED');
      ut.expect(main_contacts).to_equal('Bia');
   end one_main_contact;

   procedure no_main_contact
   is
   begin
      ut.expect(applied(person(in_is_primary => 'S'))).to_equal('APPLIED');
      crm_test_fixture.quiet;
      ut.expect(applied(person)).to_equal('UNCHANGED');
      ut.expect(main_contacts).to_equal('Ana Lima');
      ut.expect(ready_count).to_equal(1);
   end no_main_contact;

   procedure forms
   is
      r_contact erp.contacts%rowtype;
   begin
      ut.expect(applied(person(
         in_name      => rpad('N', 70, 'n'),
         in_email     => 'Ana.Lima@EXAMPLE.com',
         in_phone     => '+55 (11) 98888-7777',
         in_job_title => rpad('J', 40, 'j')
      ))).to_equal('APPLIED');
      select c.*
        into r_contact
        from erp.contacts c
       where c.id_crm = co_person_id;
      ut.expect(length(r_contact.name)).to_equal(60);
      ut.expect(r_contact.email).to_equal('ana.lima@example.com');
      ut.expect(r_contact.phone).to_equal('11988887777');
      ut.expect(length(r_contact.job_title)).to_equal(30);
      ut.expect(crm_contact_match.erp_form('phone', '12345678901234567')).to_equal('1234567890123');
      ut.expect(crm_contact_match.erp_form('phone', '0800 123 4567')).to_equal('08001234567');
      ut.expect(crm_contact_match.erp_form('phone', '011 3333-4444')).to_equal('1133334444');
   end forms;

   procedure cut_values_are_quiet
   is
   begin
      ut.expect(applied(person(in_job_title => rpad('J', 40, 'j')))).to_equal('APPLIED');
      ut.expect(steps_count).to_equal(0);
      ut.expect(applied(person(in_job_title => rpad('J', 40, 'j')))).to_equal('UNCHANGED');
      ut.expect(ready_count).to_equal(0);
   end cut_values_are_quiet;

   procedure emptied_job_title
   is
      co_id constant number := agreed_contact;
   begin
      insert into erp.contact_job_titles (id, description)
      values (990001, 'Comprador');
      update erp.contacts c
         set c.job_title_id = 990001
       where c.id = co_id;
      crm_test_fixture.quiet;
      ut.expect(applied(person(in_job_title => null))).to_equal('APPLIED');
      ut.expect(contact(co_id).job_title).to_be_null();
      ut.expect(contact(co_id).job_title_id).to_be_null();
      ut.expect(steps_count).to_equal(0);
   end emptied_job_title;

   procedure twice
   is
      co_id      constant number := agreed_contact;
      l_edited   pls_integer;
   begin
      update erp.contacts c
         set c.updated_on = date '2000-01-01'
       where c.id = co_id;
      ut.expect(applied(person)).to_equal('UNCHANGED');
      select count(*)
        into l_edited
        from erp.contacts c
       where c.id = co_id
         and c.updated_on > date '2000-01-01';
      ut.expect(l_edited).to_equal(0);
      ut.expect(ready_count).to_equal(0);
   end twice;

   procedure back_to_the_mirrored_value
   is
      co_id constant number := agreed_contact;
   begin
      update erp.contacts c
         set c.phone = '1155556666'
       where c.id = co_id;
      -- sent and acknowledged; the mirror still has the old one
      crm_steps.agree_contact(
         in_contact_id => co_id,
         in_record_key => g_key,
         in_person_id  => co_person_id,
         in_image      => person(in_phone => '1155556666')
      );
      crm_test_fixture.quiet;
      ut.expect(applied(person(in_phone => '1133334444'))).to_equal('APPLIED');
      ut.expect(contact(co_id).phone).to_equal('1133334444');
      ut.expect(steps_count).to_equal(0);
   end back_to_the_mirrored_value;

   procedure missing_once
   is
      co_id constant number := agreed_contact;
      r_due crm_inbox_events%rowtype;
   begin
      ut.expect(applied(null)).to_equal('DEFERRED');
      ut.expect(contact(co_id).id_crm).to_equal(co_person_id);
      ut.expect(agreed(co_id).missing_on).to_be_not_null();
      select i.*
        into r_due
        from crm_inbox_events i
       where i.crm_id = co_lead_id
         and i.status = 'READY';
      ut.expect(r_due.contacts_due).to_equal('S');
      ut.expect(r_due.fields).to_be_null();
   end missing_once;

   procedure missing_twice
   is
      co_id    constant number := agreed_contact;
      l_ended  pls_integer;
   begin
      ut.expect(applied(null)).to_equal('DEFERRED');
      back_in_time;
      ut.expect(applied(null)).to_equal('APPLIED');
      ut.expect(contact(co_id).name).to_equal('Ana Lima');
      ut.expect(contact(co_id).id_crm).to_be_null();
      ut.expect(agreed(co_id).person_id).to_be_null();
      ut.expect(steps_count).to_equal(0);
      select count(*)
        into l_ended
        from contacts c
       where c.id = co_person_id
         and c.end_reason = 'removed in the CRM';
      ut.expect(l_ended).to_equal(1);
   end missing_twice;

   procedure edited_after_removal
   is
      co_id constant number := agreed_contact;
   begin
      ut.expect(applied(null)).to_equal('DEFERRED');
      back_in_time;
      ut.expect(applied(null)).to_equal('APPLIED');
      update erp.contacts c
         set c.phone = '1155556666'
       where c.id = co_id;
      ut.expect(steps_count).to_equal(1);
      ut.expect(
         json_array_t.parse(crm_test_fixture.claim_one().steps).to_string
      ).to_be_like('%"op":"add"%');
   end edited_after_removal;

   procedure main_contact_no_more
   is
      co_other constant varchar2(1000 char) := person(
         in_name => 'Bia', in_email => 'bia@example.com', in_is_primary => 'S', in_person_id => co_other_id
      );
      l_id     erp.contacts.id%type;
   begin
      ut.expect(applied(person(in_is_primary => 'S'))).to_equal('APPLIED');
      select c.id
        into l_id
        from erp.contacts c
       where c.id_crm = co_person_id;
      ut.expect(applied(null)).to_equal('DEFERRED');
      back_in_time;
      ut.expect(applied(null)).to_equal('APPLIED');
      ut.expect(applied(co_other)).to_equal('APPLIED');
      ut.expect(contact(l_id).is_primary).to_equal('N');
      ut.expect(steps_count).to_equal(0);
   end main_contact_no_more;

   procedure main_contact_again
   is
      co_id constant number := agreed_contact;
   begin
      ut.expect(applied(null)).to_equal('DEFERRED');
      back_in_time;
      ut.expect(applied(null)).to_equal('APPLIED');
      ut.expect(steps_count).to_equal(0);
      update erp.contacts c
         set c.is_primary = 'S'
       where c.id = co_id;
      ut.expect(steps_count).to_equal(1);
   end main_contact_again;

   procedure added_again
   is
      co_id     constant number := agreed_contact;
      co_new_id constant pls_integer := co_person_id + 1;
      l_open    pls_integer;
      l_ended   pls_integer;
   begin
      -- the addition was acknowledged before anybody had noticed the removal
      crm_steps.agree_contact(
         in_contact_id => co_id,
         in_record_key => g_key,
         in_person_id  => co_new_id,
         in_image      => person(in_person_id => co_new_id)
      );
      crm_test_fixture.quiet;
      ut.expect(applied(person(in_person_id => co_new_id))).to_equal('UNCHANGED');
      select count(case when c.id = co_new_id and c.ended_on is null then 1 end),
             count(case when c.id = co_person_id and c.ended_on is not null then 1 end)
        into l_open, l_ended
        from contacts c
       where c.lead_id = co_lead_id;
      ut.expect(l_open).to_equal(1);
      ut.expect(l_ended).to_equal(1);
   end added_again;

   procedure there_again
   is
      co_id constant number := agreed_contact;
   begin
      ut.expect(applied(null)).to_equal('DEFERRED');
      ut.expect(applied(person)).to_equal('UNCHANGED');
      ut.expect(agreed(co_id).missing_on).to_be_null();
   end there_again;

   procedure deleted_in_the_erp
   is
      co_id        constant number := agreed_contact;
      r_event      crm_outbox_events%rowtype;
      l_record_key crm_records.record_key%type;
   begin
      delete from erp.contacts c
       where c.id = co_id;
      -- before the removal has been delivered
      r_event := crm_test_fixture.claim_one;
      crm_outbox.settle(
         in_event_id      => r_event.event_id,
         in_fence_token   => r_event.fence_token,
         in_outcome       => 'RETRY',
         in_crm_id        => null,
         in_calls         => 1,
         in_http_status   => null,
         in_reason_class  => null,
         in_detail        => null,
         in_retry_seconds => 0,
         out_record_key   => l_record_key
      );
      ut.expect(applied(person)).to_equal('UNCHANGED');
      ut.expect(contacts_count).to_equal(0);
      -- and after
      r_event := crm_test_fixture.claim_one;
      crm_outbox.settle(
         in_event_id      => r_event.event_id,
         in_fence_token   => r_event.fence_token,
         in_outcome       => 'DELIVERED',
         in_crm_id        => null,
         in_calls         => 1,
         in_http_status   => null,
         in_reason_class  => null,
         in_detail        => null,
         in_retry_seconds => null,
         out_record_key   => l_record_key,
         in_steps         => '[{"step":"contact","contact_id":' || co_id || ',"person_id":' || co_person_id
                             || ',"done":true}]'
      );
      ut.expect(applied(person(in_name => 'Ana de novo'))).to_equal('UNCHANGED');
      ut.expect(contacts_count).to_equal(0);
   end deleted_in_the_erp;

   procedure added_without_an_answer
   is
      co_id        constant number := new_contact;
      co_event     constant crm_outbox_events%rowtype := crm_test_fixture.claim_one;
      l_record_key crm_records.record_key%type;
   begin
      crm_outbox.settle(
         in_event_id      => co_event.event_id,
         in_fence_token   => co_event.fence_token,
         in_outcome       => 'IN_DOUBT',
         in_crm_id        => null,
         in_calls         => 1,
         in_http_status   => null,
         in_reason_class  => null,
         in_detail        => null,
         in_retry_seconds => 0,
         out_record_key   => l_record_key,
         in_steps         => '[{"step":"contact","contact_id":' || co_id || ',"person_id":null,"done":false}]'
      );
      ut.expect(agreed(co_id).is_in_doubt).to_equal('S');
      ut.expect(applied(person)).to_be_not_null();
      ut.expect(contacts_count).to_equal(1);
      ut.expect(agreed(co_id).person_id).to_equal(co_person_id);
      ut.expect(agreed(co_id).is_in_doubt).to_equal('N');
      ut.expect(steps_count).to_equal(0);
   end added_without_an_answer;

   procedure early_stage
   is
   begin
      update crm_records r
         set r.agreed_stage = 'Novos leads'
       where r.record_key = g_key;
      ut.expect(applied(person)).to_equal('IGNORED');
      ut.expect(contacts_count).to_equal(0);
   end early_stage;

   function with_person(in_lead in clob) return clob
   is
      l_lead json_object_t := json_object_t.parse(in_lead);
   begin
      l_lead.put('contacts', json_array_t.parse('[' || person || ']'));
      return l_lead.to_clob;
   end with_person;

   procedure with_the_lead
   is
      l_phone erp.branches.phone%type;
   begin
      ut.expect(crm_test_fixture.apply(
         with_person(crm_test_fixture.lead(g_key, 'phone', '11988887777'))
      )).to_equal('APPLIED');
      select b.phone
        into l_phone
        from erp.branches b
       where b.client_code = co_client
         and b.code = 1;
      ut.expect(l_phone).to_equal('11988887777');
      ut.expect(contacts_count).to_equal(1);
      ut.expect(ready_count).to_equal(0);
   end with_the_lead;

   procedure with_a_conversion
   is
      co_new_lead constant pls_integer := 990000888;
      l_lead      json_object_t := json_object_t.parse(crm_test_fixture.lead(g_key));
      l_contacts  pls_integer;
   begin
      l_lead.put('crm_id', co_new_lead);
      l_lead.put('taxid', '99888777000100');
      ut.expect(crm_test_fixture.apply(
         in_lead       => with_person(l_lead.to_clob),
         in_crm_id     => co_new_lead,
         in_event_type => 'LEAD_CONVERTED'
      )).to_equal('APPLIED');
      select count(*)
        into l_contacts
        from erp.contacts c
        join erp.branches b
          on b.client_code = c.client_code
         and b.code = c.branch_code
       where b.taxid = '99888777000100'
         and c.id_crm = co_person_id;
      ut.expect(l_contacts).to_equal(1);
   end with_a_conversion;

   procedure by_hand
   is
   begin
      insert into contacts (id, name, email, client_code, lead_id)
      values (co_person_id, 'Ana', 'ana@example.com', co_client, co_lead_id);
      ut.expect(contacts_count).to_equal(1);
      update contacts c
         set c.name = 'Ana Maria'
       where c.id = co_person_id;
      ut.expect(contacts_count).to_equal(1);
      begin
         insert into contacts (id, name, email, client_code)
         values (co_other_id, 'Bia', 'bia@example.com', co_client);
         ut.fail('a person of no known lead was taken');
      exception
         when crm_err.e_ambiguous then
            ut.expect(contacts_count).to_equal(1);
      end;
   end by_hand;
end crm_test_contacts;
/
