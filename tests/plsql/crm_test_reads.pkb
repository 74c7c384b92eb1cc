create or replace package body crm_test_reads
is
   co_crm_id    constant pls_integer := crm_test_fixture.co_crm_id;
   co_person_id constant pls_integer := 990000200;
   co_other_id  constant pls_integer := 990000201;

   g_key crm_records.record_key%type;

   function person(
      in_person_id in number,
      in_phone     in varchar2 default '1133334444'
   ) return varchar2
   is
   begin
      return '{"person_id":' || in_person_id || ',"name":"P' || in_person_id || '","email":"p' || in_person_id
             || '@example.com","phone":"' || in_phone || '","job_title":null}';
   end person;

   -- A contact on which both sides agree.
   procedure agree(
      in_person_id in number,
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
         in_image      => person(in_person_id)
      );
   end agree;

   procedure prepare
   is
   begin
      crm_test_fixture.quiet;
      g_key := crm_test_fixture.new_synced_branch;
      ut.expect(crm_test_fixture.apply(crm_test_fixture.lead(g_key))).to_be_not_null();
      agree(co_person_id);
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
      in_stage      in varchar2 default crm_test_fixture.co_mirrored
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
         in_dedupe_key    => rawtohex(sys_guid()) || rawtohex(sys_guid()),
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

   procedure person_event
   is
   begin
      tell(person(co_person_id), in_event_type => 'PERSON_UPDATED');
      ut.expect(reads).to_equal('CONTACTS');
   end person_event;

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

   procedure person_echo
   is
   begin
      deliver;
      tell(person(co_person_id), in_event_type => 'PERSON_UPDATED');
      ut.expect(reads).to_equal('ECHO');
      -- we have written once
      tell(person(co_person_id), in_event_type => 'PERSON_UPDATED');
      ut.expect(reads).to_equal('CONTACTS');
   end person_echo;

   -- What waits was settled so.
   procedure settle_waiting(
      in_status in crm_inbox_events.status%type,
      in_reads  in crm_inbox_events.reads%type default null
   )
   is
   begin
      update crm_inbox_events i
         set i.status     = in_status,
             i.reads      = in_reads,
             i.settled_on = systimestamp
       where i.crm_id = co_crm_id
         and i.status = crm_types.co_ready;
   end settle_waiting;

   procedure read_since_writing
   is
   begin
      deliver;
      tell(person(co_person_id));
      settle_waiting(in_status => crm_types.co_applied, in_reads => 'BOTH');
      tell(person(co_person_id), in_event_type => 'PERSON_UPDATED');
      ut.expect(reads).to_equal('CONTACTS');
   end read_since_writing;

   procedure used_up_by_another
   is
   begin
      deliver;
      tell(person(co_person_id), in_event_type => 'PERSON_UPDATED');
      settle_waiting(in_status => 'IGNORED');
      tell(person(co_person_id), in_event_type => 'PERSON_UPDATED');
      ut.expect(reads).to_equal('CONTACTS');
   end used_up_by_another;

   procedure hidden_change
   is
   begin
      agree(co_other_id);
      crm_test_fixture.quiet;
      tell(person(co_person_id) || ',' || person(co_other_id));
      ut.expect(reads).to_equal('BOTH');
      crm_record.give_back(in_record_keys => crm_record_keys_ct(g_key));
      crm_test_fixture.quiet;
      deliver(in_calls => 2);
      tell(person(co_person_id) || ',' || person(co_other_id));
      tell(person(co_person_id) || ',' || person(co_other_id));
      ut.expect(reads).to_equal('ECHO');
      tell(person(co_person_id) || ',' || person(co_other_id));
      ut.expect(reads).to_equal('BOTH');
   end hidden_change;

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
      ut.expect(reads).to_equal('BOTH');
   end kept_out;

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
