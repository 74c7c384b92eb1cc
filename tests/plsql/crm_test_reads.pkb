create or replace package body crm_test_reads
is
   co_crm_id    constant pls_integer := crm_test_fixture.co_crm_id;
   co_person_id constant pls_integer := 990000200;
   co_other_id  constant pls_integer := 990000201;

   g_key crm_records.record_key%type;

   -- A person as a webhook shows it, or as it was agreed.
   function person(
      in_person_id in number,
      in_phone     in varchar2 default '1133334444',
      in_is_main   in varchar2 default null
   ) return varchar2
   is
   begin
      return '{"person_id":' || in_person_id || ',"name":"P' || in_person_id || '","email":"p' || in_person_id
             || '@example.com","phone":"' || in_phone || '","job_title":null'
             || case when in_is_main is not null then ',"is_primary":"' || in_is_main || '"' end || '}';
   end person;

   -- A contact on which both sides agree.
   procedure agree(
      in_person_id in number,
      in_is_main   in varchar2 default 'N',
      in_record    in varchar2 default g_key
   )
   is
      l_id erp.contacts.id%type;
   begin
      insert into erp.contacts (client_code, branch_code, name, email, phone, id_crm)
      values (
         crm_test_fixture.co_client_code, 1, 'P' || in_person_id, 'p' || in_person_id || '@example.com',
         '1133334444', in_person_id
      )
      returning id into l_id;
      crm_steps.agree_contact(
         in_contact_id => l_id,
         in_record_key => in_record,
         in_person_id  => in_person_id,
         in_image      => person(in_person_id, in_is_main => in_is_main)
      );
   end agree;

   procedure prepare
   is
   begin
      crm_test_fixture.quiet;
      g_key := crm_test_fixture.new_synced_branch;
      ut.expect(crm_test_fixture.apply(crm_test_fixture.lead(g_key))).to_be_not_null();
      agree(co_person_id, in_is_main => 'S');
      -- what was delivered and agreed is long past
      update crm_outbox_events e
         set e.settled_on = systimestamp - interval '1' day
       where e.record_key = g_key
         and e.status = 'DELIVERED';
      crm_test_fixture.quiet;
   end prepare;

   -- Stores a webhook that shows the agreed lead, one field of it changed at most, and these persons.
   procedure tell(
      in_persons    in varchar2,
      in_event_type in varchar2 default 'LEAD_UPDATED',
      in_phone      in varchar2 default null,
      in_crm_id     in number   default co_crm_id,
      in_stage      in varchar2 default crm_test_fixture.co_mirrored,
      in_dedupe_key in varchar2 default rawtohex(sys_guid()) || rawtohex(sys_guid())
   )
   is
      l_fields     json_object_t := json_object_t.parse(
         crm_test_fixture.lead(in_record_key => g_key, in_stage => in_stage)
      );
      l_inbox_id   crm_inbox_events.inbox_id%type;
      l_duplicate  varchar2(1 char);
   begin
      if in_persons = 'null' then
         l_fields.put_null('contacts');
      elsif in_persons is not null then
         l_fields.put('contacts', json_array_t.parse('[' || trim(in_persons) || ']'));
      end if;
      if in_phone is not null then
         l_fields.put('phone', in_phone);
      end if;
      crm_inbox.store(
         in_source        => 'utplsql',
         in_event_type    => in_event_type,
         in_dedupe_key    => in_dedupe_key,
         in_crm_id        => in_crm_id,
         in_body          => null,
         in_fields        => l_fields.to_clob,
         out_inbox_id     => l_inbox_id,
         out_is_duplicate => l_duplicate
      );
   end tell;

   -- Settles echoes and claims; what is to be read, or ECHO when nothing is left.
   function reads return varchar2
   is
      t_inbox_ids crm_ids_ct;
      l_settled   pls_integer;
      l_reads     crm_inbox_events.reads%type;
   begin
      crm_echo.settle_echoes(
         in_limit    => 10,
         out_settled => l_settled
      );
      crm_inbox.claim(
         in_worker_id     => crm_test_fixture.co_worker_id,
         in_batch_size    => 10,
         in_lease_seconds => 60,
         out_inbox_ids    => t_inbox_ids
      );
      crm_echo.note_reads(in_inbox_ids => t_inbox_ids);
      if t_inbox_ids.count = 0 then
         return 'ECHO';
      end if;
      select i.reads
        into l_reads
        from crm_inbox_events i
       where i.inbox_id = t_inbox_ids(t_inbox_ids.count);
      return l_reads;
   end reads;

   procedure other_persons
   is
   begin
      tell(person(co_person_id, '11999999999'));
      ut.expect(reads).to_equal('CONTACTS');
   end other_persons;

   procedure other_lead
   is
   begin
      tell(person(co_person_id), in_phone => '11988887777');
      ut.expect(reads).to_equal('LEAD');
   end other_lead;

   procedure both_changed
   is
   begin
      tell(person(co_person_id, '11999999999'), in_phone => '11988887777');
      ut.expect(reads).to_equal('BOTH');
   end both_changed;

   procedure more_or_less
   is
   begin
      tell(person(co_person_id) || ',' || person(co_other_id));
      ut.expect(reads).to_equal('CONTACTS');
      crm_record.give_back(in_record_keys => crm_record_keys_ct(g_key));
      crm_test_fixture.quiet;
      tell(' ');
      ut.expect(reads).to_equal('CONTACTS');
   end more_or_less;

   -- The persons agreed on, as a webhook shows them after whatever was done to the lead.
   function both_persons return varchar2
   is
   begin
      return person(co_person_id) || ',' || person(co_other_id);
   end both_persons;

   procedure person_event
   is
   begin
      agree(co_other_id);
      crm_test_fixture.quiet;
      tell(both_persons, in_event_type => 'PERSON_UPDATED');
      ut.expect(reads).to_equal('CONTACTS');
   end person_event;

   procedure only_person_event
   is
      co_no_main constant crm_contact_records.agreed_image%type := person(co_person_id, in_is_main => 'N');
   begin
      tell(person(co_person_id), in_event_type => 'PERSON_UPDATED');
      ut.expect(reads).to_equal('ECHO');
      update crm_contact_records r
         set r.agreed_image = co_no_main
       where r.person_id = co_person_id;
      tell(person(co_person_id), in_event_type => 'PERSON_UPDATED');
      ut.expect(reads, 'the one person may have become the main one').to_equal('CONTACTS');
   end only_person_event;

   procedure partly_shown
   is
   begin
      tell('{"person_id":' || co_person_id || ',"name":"P' || co_person_id || '"}');
      ut.expect(reads).to_equal('CONTACTS');
   end partly_shown;

   -- One delivery of a person, with so many calls, just now.
   procedure deliver(in_calls in pls_integer default 1)
   is
      t_event_ids  crm_ids_ct;
      t_versions   crm_ids_ct;
      r_event      crm_outbox_events%rowtype;
      l_step       json_object_t;
      l_record_key crm_records.record_key%type;
   begin
      update crm_settings s
         set s.value = 'S'
       where s.name = 'send_steps';
      update crm_contact_records r
         set r.is_in_doubt = 'S'
       where r.person_id = co_person_id;
      crm_outbox.append(
         in_record_keys => crm_record_keys_ct(g_key),
         in_origin      => 'CAPTURE',
         out_event_ids  => t_event_ids,
         out_versions   => t_versions
      );
      r_event := crm_test_fixture.claim_one;
      l_step  := treat(json_array_t.parse(r_event.steps).get(0) as json_object_t);
      crm_outbox.settle(
         in_event_id      => r_event.event_id,
         in_fence_token   => r_event.fence_token,
         in_outcome       => 'DELIVERED',
         in_crm_id        => null,
         in_calls         => in_calls,
         in_http_status   => null,
         in_reason_class  => null,
         in_detail        => null,
         in_retry_seconds => null,
         out_record_key   => l_record_key,
         in_steps         => '[{"step":"contact","contact_id":' || l_step.get_number('contact_id')
                             || ',"person_id":' || co_person_id || ',"done":true}]'
      );
      update crm_contact_records r
         set r.is_in_doubt = 'N'
       where r.person_id = co_person_id;
   end deliver;

   procedure own_writing
   is
   begin
      agree(co_other_id);
      crm_test_fixture.quiet;
      deliver;
      tell(both_persons, in_event_type => 'PERSON_UPDATED');
      ut.expect(reads).to_equal('CONTACTS');
   end own_writing;

   procedure choice_in_the_same_words
   is
      co_dedupe_key constant crm_inbox_events.dedupe_key%type := rawtohex(sys_guid()) || rawtohex(sys_guid());
   begin
      agree(co_other_id);
      crm_test_fixture.quiet;
      deliver;
      tell(both_persons, in_event_type => 'PERSON_UPDATED', in_dedupe_key => co_dedupe_key);
      ut.expect(reads).to_be_not_null();
      crm_record.give_back(in_record_keys => crm_record_keys_ct(g_key));
      crm_test_fixture.quiet;
      -- the choice of a user, a moment later, is told with the very same body
      tell(both_persons, in_event_type => 'PERSON_UPDATED', in_dedupe_key => co_dedupe_key);
      ut.expect(reads).to_equal('CONTACTS');
   end choice_in_the_same_words;

   procedure choice_while_echoes_are_lost
   is
   begin
      agree(co_other_id);
      crm_test_fixture.quiet;
      -- twice written, and no webhook of it has come
      deliver;
      deliver;
      tell(both_persons);
      ut.expect(reads).to_equal('CONTACTS');
   end choice_while_echoes_are_lost;

   procedure choice_under_an_edit
   is
   begin
      agree(co_other_id);
      crm_test_fixture.quiet;
      tell(both_persons);
      tell(both_persons, in_phone => '11988887777');
      ut.expect(reads).to_equal('BOTH');
   end choice_under_an_edit;

   procedure choice_in_an_early_stage
   is
   begin
      agree(co_other_id);
      update crm_records r
         set r.agreed_stage = 'Novos leads'
       where r.record_key = g_key;
      crm_test_fixture.quiet;
      tell(both_persons, in_stage => 'Novos leads');
      ut.expect(reads, 'nothing of it comes in').to_equal('ECHO');
      tell(both_persons);
      ut.expect(reads, 'the lead has moved on').to_equal('BOTH');
   end choice_in_an_early_stage;

   procedure hidden_change
   is
   begin
      agree(co_other_id);
      crm_test_fixture.quiet;
      tell(both_persons);
      ut.expect(reads, 'just agreed: the lead is as it shows').to_equal('CONTACTS');
      crm_record.give_back(in_record_keys => crm_record_keys_ct(g_key));
      crm_test_fixture.quiet;
      update crm_records r
         set r.agreed_on = systimestamp - interval '1' day
       where r.record_key = g_key;
      tell(both_persons);
      ut.expect(reads, 'long after').to_equal('BOTH');
   end hidden_change;

   procedure no_choice_comes_in
   is
   begin
      agree(co_other_id);
      crm_test_fixture.quiet;
      update crm_contact_policies p
         set p.policy = 'ERP'
       where p.field_name = 'is_primary';
      tell(both_persons);
      ut.expect(reads).to_equal('ECHO');
   end no_choice_comes_in;

   procedure nothing_hidden
   is
   begin
      tell(person(co_person_id));
      ut.expect(reads).to_equal('ECHO');
   end nothing_hidden;

   procedure in_doubt
   is
   begin
      update crm_contact_records r
         set r.is_in_doubt = 'S'
       where r.person_id = co_person_id;
      tell(person(co_person_id));
      ut.expect(reads).to_equal('CONTACTS');
   end in_doubt;

   procedure let_go
   is
   begin
      insert into crm_let_go_persons (person_id, record_key)
      values (co_other_id, g_key);
      tell(person(co_person_id) || ',' || person(co_other_id));
      ut.expect(reads).to_equal('ECHO');
   end let_go;

   procedure kept_out
   is
   begin
      tell('null');
      ut.expect(reads).to_equal('CONTACTS');
   end kept_out;

   procedure not_shown
   is
   begin
      tell(null);
      ut.expect(reads).to_equal('CONTACTS');
   end not_shown;

   procedure superseded_person
   is
   begin
      tell(person(co_person_id), in_event_type => 'PERSON_UPDATED');
      tell(null, in_phone => '11988887777');
      ut.expect(reads).to_equal('BOTH');
   end superseded_person;

   procedure unknown_lead
   is
   begin
      tell(person(co_other_id), in_event_type => 'LEAD_CONVERTED', in_crm_id => 990000999);
      ut.expect(reads).to_equal('BOTH');
      tell(person(co_other_id), in_event_type => 'LEAD_UPDATED', in_crm_id => 990000998);
      ut.expect(reads).to_equal('LEAD');
      tell(
         person(co_other_id),
         in_event_type => 'LEAD_CONVERTED',
         in_crm_id     => 990000997,
         in_stage      => 'Novos leads'
      );
      ut.expect(reads).to_equal('LEAD');
   end unknown_lead;

   procedure lead_alone
   is
   begin
      tell(person(co_person_id, '11999999999'), in_stage => 'Novos leads');
      ut.expect(reads).to_equal('LEAD');
      crm_record.give_back(in_record_keys => crm_record_keys_ct(g_key));
      crm_test_fixture.quiet;
      update crm_settings s
         set s.value = 'N'
       where s.name = 'take_contacts';
      tell(person(co_person_id, '11999999999'), in_event_type => 'PERSON_UPDATED');
      ut.expect(reads).to_equal('LEAD');
   end lead_alone;
end crm_test_reads;
/
