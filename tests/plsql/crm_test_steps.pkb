create or replace package body crm_test_steps
is
   co_person_id constant pls_integer := 990000100;

   procedure quiet
   is
   begin
      crm_test_fixture.quiet;
   end quiet;

   function new_contact(
      in_name        in varchar2    default 'Ana',
      in_is_primary  in varchar2    default 'N',
      in_branch_code in pls_integer default 1
   ) return number
   is
      l_id erp.contacts.id%type;
   begin
      insert into erp.contacts (client_code, branch_code, name, email, phone, job_title, is_primary)
      values (
         crm_test_fixture.co_client_code, in_branch_code, in_name, lower(in_name) || '@example.com', '(11) 3333-4444',
         'Compras', in_is_primary
      )
      returning id into l_id;
      return l_id;
   end new_contact;

   function steps_of(in_event in crm_outbox_events%rowtype) return json_array_t
   is
   begin
      return json_array_t.parse(in_event.steps);
   end steps_of;

   function step(
      in_event in crm_outbox_events%rowtype,
      in_index in pls_integer default 0
   ) return json_object_t
   is
      co_steps constant json_array_t := steps_of(in_event => in_event);
   begin
      return treat(co_steps.get(in_index) as json_object_t);
   end step;

   function result_of(
      in_contact_id in number,
      in_is_done    in varchar2 default 'true',
      in_person_id  in number   default null
   ) return varchar2
   is
   begin
      return '{"step":"contact","contact_id":' || in_contact_id
             || ',"person_id":' || coalesce(to_char(in_person_id), 'null')
             || ',"done":' || in_is_done || '}';
   end result_of;

   procedure settle(
      in_event   in crm_outbox_events%rowtype,
      in_steps   in varchar2,
      in_outcome in varchar2 default 'DELIVERED',
      in_crm_id  in number   default null
   )
   is
      l_record_key crm_records.record_key%type;
   begin
      crm_outbox.settle(
         in_event_id      => in_event.event_id,
         in_fence_token   => in_event.fence_token,
         in_outcome       => in_outcome,
         in_crm_id        => in_crm_id,
         in_calls         => 1,
         in_http_status   => null,
         in_reason_class  => null,
         in_detail        => null,
         in_retry_seconds => null,
         out_record_key   => l_record_key,
         in_steps         => in_steps
      );
   end settle;

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

   -- A branch on which both sides agree, with one agreed contact.
   procedure agreed_contact(
      out_record_key out varchar2,
      out_contact_id out number
   )
   is
   begin
      out_record_key := crm_test_fixture.new_synced_branch;
      out_contact_id := new_contact;
      settle(
         in_event => crm_test_fixture.claim_one,
         in_steps => '[' || result_of(out_contact_id, in_person_id => co_person_id) || ']'
      );
   end agreed_contact;

   procedure rename(
      in_contact_id in number,
      in_name       in varchar2
   )
   is
   begin
      update erp.contacts c
         set c.name = in_name
       where c.id = in_contact_id;
   end rename;

   procedure contacts_in_order
   is
      co_key    constant crm_records.record_key%type := crm_test_fixture.new_branch;
      co_first  constant erp.contacts.id%type := new_contact(in_name => 'Ana');
      co_second constant erp.contacts.id%type := new_contact(in_name => 'Bia');
      co_third  constant erp.contacts.id%type := new_contact(in_name => 'Caio', in_is_primary => 'S');
      r_event   crm_outbox_events%rowtype;
   begin
      r_event := crm_test_fixture.claim_one;
      ut.expect(r_event.record_key).to_equal(co_key);
      ut.expect(steps_of(r_event).get_size).to_equal(3);
      ut.expect(step(r_event, 0).get_number('contact_id')).to_equal(co_third);
      ut.expect(step(r_event, 1).get_number('contact_id')).to_equal(co_first);
      ut.expect(step(r_event, 2).get_number('contact_id')).to_equal(co_second);
      ut.expect(crm_fields.text_of(step(r_event, 0), 'step')).to_equal('contact');
      ut.expect(crm_fields.text_of(step(r_event, 0), 'op')).to_equal('add');
      ut.expect(step(r_event, 0).get_boolean('in_doubt')).to_be_false();
      ut.expect(crm_fields.text_of(step(r_event, 0).get_object('fields'), 'name')).to_equal('Caio');
      ut.expect(crm_fields.text_of(step(r_event, 0).get_object('fields'), 'phone')).to_equal('1133334444');
      ut.expect(crm_fields.text_of(step(r_event, 0).get_object('fields'), 'is_primary')).to_equal('S');
   end contacts_in_order;

   procedure contact_is_agreed
   is
      co_key     constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      co_contact constant erp.contacts.id%type := new_contact;
      r_event    crm_outbox_events%rowtype;
      l_id_crm   erp.contacts.id_crm%type;
   begin
      r_event := crm_test_fixture.claim_one;
      settle(
         in_event => r_event,
         in_steps => '[' || result_of(co_contact, in_person_id => co_person_id) || ']'
      );
      select c.id_crm
        into l_id_crm
        from erp.contacts c
       where c.id = co_contact;
      ut.expect(l_id_crm).to_equal(co_person_id);
      ut.expect(agreed(co_contact).person_id).to_equal(co_person_id);
      ut.expect(agreed(co_contact).record_key).to_equal(co_key);
      ut.expect(crm_fields.text_of(json_object_t.parse(agreed(co_contact).agreed_image), 'email'))
         .to_equal('ana@example.com');
      ut.expect(crm_test_fixture.event_count(in_record_key => co_key, in_status => 'READY')).to_equal(0);
   end contact_is_agreed;

   procedure changed_contact
   is
      l_key     crm_records.record_key%type;
      l_contact erp.contacts.id%type;
      r_event   crm_outbox_events%rowtype;
   begin
      agreed_contact(out_record_key => l_key, out_contact_id => l_contact);
      rename(in_contact_id => l_contact, in_name => 'Ana Maria');
      r_event := crm_test_fixture.claim_one;
      ut.expect(r_event.record_key).to_equal(l_key);
      ut.expect(r_event.changed_fields).to_equal('[]');
      ut.expect(steps_of(r_event).get_size).to_equal(1);
      ut.expect(crm_fields.text_of(step(r_event), 'op')).to_equal('update');
      ut.expect(step(r_event).get_number('person_id')).to_equal(co_person_id);
      ut.expect(step(r_event).get_array('changed').stringify).to_equal('["name"]');
   end changed_contact;

   procedure null_and_value
   is
      l_key     crm_records.record_key%type;
      l_contact erp.contacts.id%type;
      r_event   crm_outbox_events%rowtype;
   begin
      agreed_contact(out_record_key => l_key, out_contact_id => l_contact);
      update erp.contacts c
         set c.phone = null
       where c.id = l_contact;
      r_event := crm_test_fixture.claim_one;
      ut.expect(step(r_event).get_array('changed').stringify).to_equal('["phone"]');
      settle(in_event => r_event, in_steps => '[' || result_of(l_contact) || ']');
      update erp.contacts c
         set c.phone = '11999990000'
       where c.id = l_contact;
      r_event := crm_test_fixture.claim_one;
      ut.expect(step(r_event).get_array('changed').stringify).to_equal('["phone"]');
      ut.expect(crm_fields.text_of(step(r_event).get_object('fields'), 'phone')).to_equal('11999990000');
   end null_and_value;

   procedure changed_back
   is
      l_key     crm_records.record_key%type;
      l_contact erp.contacts.id%type;
   begin
      agreed_contact(out_record_key => l_key, out_contact_id => l_contact);
      rename(in_contact_id => l_contact, in_name => 'Outra');
      rename(in_contact_id => l_contact, in_name => 'Ana');
      ut.expect(crm_test_fixture.claim_one().event_id).to_be_null();
      ut.expect(crm_test_fixture.event_count(in_record_key => l_key, in_status => 'UNCHANGED')).to_equal(1);
   end changed_back;

   procedure primary_flag
   is
      l_key     crm_records.record_key%type;
      l_contact erp.contacts.id%type;
      l_other   erp.contacts.id%type;
      r_event   crm_outbox_events%rowtype;
   begin
      agreed_contact(out_record_key => l_key, out_contact_id => l_contact);
      l_other := new_contact(in_name => 'Bia', in_is_primary => 'S');
      settle(
         in_event => crm_test_fixture.claim_one,
         in_steps => '[' || result_of(l_other, in_person_id => co_person_id + 1) || ']'
      );
      update erp.contacts c
         set c.is_primary = case c.id when l_contact then 'S' else 'N' end
       where c.id in (l_contact, l_other);
      r_event := crm_test_fixture.claim_one;
      ut.expect(steps_of(r_event).get_size).to_equal(2);
      ut.expect(step(r_event, 0).get_number('contact_id')).to_equal(l_contact);
      ut.expect(step(r_event, 0).get_array('changed').stringify).to_equal('["is_primary"]');
      ut.expect(step(r_event, 1).get_array('changed').stringify).to_equal('["is_primary"]');
      ut.expect(crm_test_fixture.event_count(in_record_key => l_key, in_status => 'INFLIGHT')).to_equal(1);
   end primary_flag;

   procedure catalogue_title
   is
      l_key     crm_records.record_key%type;
      l_contact erp.contacts.id%type;
      l_title   erp.contact_job_titles.description%type;
   begin
      agreed_contact(out_record_key => l_key, out_contact_id => l_contact);
      update erp.contacts c
         set c.job_title    = null,
             c.job_title_id = 1
       where c.id = l_contact;
      select t.description
        into l_title
        from erp.contact_job_titles t
       where t.id = 1;
      ut.expect(crm_fields.text_of(step(crm_test_fixture.claim_one).get_object('fields'), 'job_title'))
         .to_equal(l_title);
   end catalogue_title;

   procedure form_of_the_crm
   is
      co_key     constant crm_records.record_key%type := crm_test_fixture.new_branch;
      co_contact constant erp.contacts.id%type := new_contact;
      r_contact  vw_crm_clients_contacts%rowtype;

      function phone(in_phone in varchar2) return varchar2
      is
         l_phone vw_crm_clients_contacts.phone%type;
      begin
         update erp.contacts c
            set c.phone = in_phone
          where c.id = co_contact;
         select v.phone
           into l_phone
           from vw_crm_clients_contacts v
          where v.contact_id = co_contact;
         return l_phone;
      end phone;
   begin
      update erp.contacts c
         set c.name      = unistr(' Joa\0303o\00a0Silva\00a0'),
             c.email     = ' Joao@Example.COM ',
             c.job_title = unistr('\00a0Direc\0327a\0303o')
       where c.id = co_contact;
      select v.*
        into r_contact
        from vw_crm_clients_contacts v
       where v.contact_id = co_contact;
      ut.expect(r_contact.record_key).to_equal(co_key);
      ut.expect(r_contact.name).to_equal('João Silva');
      ut.expect(r_contact.email).to_equal('joao@example.com');
      ut.expect(r_contact.job_title).to_equal('Direção');
      ut.expect(phone('+55 (11) 3333-4444')).to_equal('1133334444');
      ut.expect(phone('011 93333-4444')).to_equal('11933334444');
      ut.expect(phone('0800 123 4567')).to_equal('08001234567');
      ut.expect(phone('55 3333-4444')).to_equal('5533334444');
      ut.expect(phone('---')).to_be_null();
   end form_of_the_crm;

   procedure removed_contact
   is
      l_key     crm_records.record_key%type;
      l_contact erp.contacts.id%type;
      r_event   crm_outbox_events%rowtype;
      l_known   pls_integer;
   begin
      agreed_contact(out_record_key => l_key, out_contact_id => l_contact);
      delete from erp.contacts c
       where c.id = l_contact;
      r_event := crm_test_fixture.claim_one;
      ut.expect(r_event.record_key).to_equal(l_key);
      ut.expect(crm_fields.text_of(step(r_event), 'op')).to_equal('remove');
      ut.expect(step(r_event).get_number('person_id')).to_equal(co_person_id);
      ut.expect(crm_fields.text_of(step(r_event).get_object('fields'), 'name')).to_equal('Ana');
      ut.expect(crm_fields.text_of(step(r_event).get_object('fields'), 'is_primary')).to_equal('N');
      settle(in_event => r_event, in_steps => '[' || result_of(l_contact) || ']');
      select count(*)
        into l_known
        from crm_contact_records r
       where r.contact_id = l_contact;
      ut.expect(l_known).to_equal(0);
   end removed_contact;

   procedure removed_primary
   is
      co_key     constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      co_contact constant erp.contacts.id%type := new_contact(in_is_primary => 'S');
      r_event    crm_outbox_events%rowtype := crm_test_fixture.claim_one;
   begin
      ut.expect(r_event.record_key).to_equal(co_key);
      settle(in_event => r_event, in_steps => '[' || result_of(co_contact, in_person_id => co_person_id) || ']');
      delete from erp.contacts c
       where c.id = co_contact;
      r_event := crm_test_fixture.claim_one;
      ut.expect(crm_fields.text_of(step(r_event), 'op')).to_equal('remove');
      ut.expect(crm_fields.text_of(step(r_event).get_object('fields'), 'is_primary')).to_equal('S');
   end removed_primary;

   procedure moved_contact
   is
      co_other  constant crm_records.record_key%type := crm_test_fixture.new_synced_branch(
         in_branch_code => 2,
         in_crm_id      => crm_test_fixture.co_crm_id + 1
      );
      l_key     crm_records.record_key%type;
      l_contact erp.contacts.id%type;
      r_first   crm_outbox_events%rowtype;
      l_id_crm  erp.contacts.id_crm%type;
   begin
      agreed_contact(out_record_key => l_key, out_contact_id => l_contact);
      update erp.contacts c
         set c.branch_code = 2
       where c.id = l_contact;
      r_first := crm_test_fixture.claim_one;
      ut.expect(r_first.record_key).to_equal(l_key);
      ut.expect(crm_fields.text_of(step(r_first), 'op')).to_equal('remove');
      -- nothing to do at the new branch yet
      ut.expect(crm_test_fixture.claim_one().event_id).to_be_null();
      settle(in_event => r_first, in_steps => '[' || result_of(l_contact) || ']');
      select c.id_crm
        into l_id_crm
        from erp.contacts c
       where c.id = l_contact;
      ut.expect(l_id_crm).to_be_null();
      r_first := crm_test_fixture.claim_one;
      ut.expect(r_first.record_key).to_equal(co_other);
      ut.expect(r_first.origin).to_equal('MOVED');
      ut.expect(crm_fields.text_of(step(r_first), 'op')).to_equal('add');
   end moved_contact;

   procedure done_stays_done
   is
      co_key    constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      co_first  constant erp.contacts.id%type := new_contact(in_name => 'Ana');
      co_second constant erp.contacts.id%type := new_contact(in_name => 'Bia');
      r_event   crm_outbox_events%rowtype;
   begin
      settle(
         in_event   => crm_test_fixture.claim_one,
         in_steps   => '[' || result_of(co_first, in_person_id => co_person_id) || ','
                       || result_of(co_second, in_is_done => 'false') || ']',
         in_outcome => 'RETRY'
      );
      r_event := crm_test_fixture.claim_one;
      ut.expect(r_event.record_key).to_equal(co_key);
      ut.expect(steps_of(r_event).get_size).to_equal(1);
      ut.expect(step(r_event).get_number('contact_id')).to_equal(co_second);
      ut.expect(step(r_event).get_boolean('in_doubt')).to_be_false();
   end done_stays_done;

   procedure lead_is_not_repeated
   is
      co_key     constant crm_records.record_key%type := crm_test_fixture.new_branch;
      co_contact constant erp.contacts.id%type := new_contact;
      r_event    crm_outbox_events%rowtype;
   begin
      settle(
         in_event   => crm_test_fixture.claim_one,
         in_steps   => '[{"step":"lead","done":true},' || result_of(co_contact, in_is_done => 'false') || ']',
         in_outcome => 'RETRY',
         in_crm_id  => crm_test_fixture.co_crm_id
      );
      ut.expect(crm_test_fixture.record_of(co_key).crm_id).to_equal(crm_test_fixture.co_crm_id);
      r_event := crm_test_fixture.claim_one;
      ut.expect(r_event.record_key).to_equal(co_key);
      ut.expect(r_event.attempts).to_equal(2);
      ut.expect(r_event.changed_fields).to_equal('[]');
      ut.expect(r_event.is_in_doubt).to_equal('N');
      ut.expect(steps_of(r_event).get_size).to_equal(1);
   end lead_is_not_repeated;

   procedure doubt_per_contact
   is
      co_key    constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      co_first  constant erp.contacts.id%type := new_contact(in_name => 'Ana');
      co_second constant erp.contacts.id%type := new_contact(in_name => 'Bia');
      r_event   crm_outbox_events%rowtype;
   begin
      settle(
         in_event   => crm_test_fixture.claim_one,
         in_steps   => '[' || result_of(co_first, in_is_done => 'false') || ']',
         in_outcome => 'IN_DOUBT'
      );
      r_event := crm_test_fixture.claim_one;
      ut.expect(r_event.record_key).to_equal(co_key);
      ut.expect(r_event.is_in_doubt).to_equal('N');
      ut.expect(step(r_event, 0).get_number('contact_id')).to_equal(co_first);
      ut.expect(step(r_event, 0).get_boolean('in_doubt')).to_be_true();
      ut.expect(step(r_event, 1).get_number('contact_id')).to_equal(co_second);
      ut.expect(step(r_event, 1).get_boolean('in_doubt')).to_be_false();
   end doubt_per_contact;

   procedure doubt_per_field
   is
      l_key     crm_records.record_key%type;
      l_contact erp.contacts.id%type;
      r_event   crm_outbox_events%rowtype;
   begin
      agreed_contact(out_record_key => l_key, out_contact_id => l_contact);
      rename(in_contact_id => l_contact, in_name => 'Outra');
      settle(
         in_event   => crm_test_fixture.claim_one,
         in_steps   => '[' || result_of(l_contact, in_is_done => 'false', in_person_id => co_person_id) || ']',
         in_outcome => 'IN_DOUBT'
      );
      -- back to what was agreed: the CRM may have got the other name all the same
      rename(in_contact_id => l_contact, in_name => 'Ana');
      update erp.contacts c
         set c.job_title = 'Diretora'
       where c.id = l_contact;
      r_event := crm_test_fixture.claim_one;
      ut.expect(step(r_event).get_array('changed').to_string).to_equal('["name","job_title"]');
      settle(
         in_event => r_event,
         in_steps => '[' || result_of(l_contact, in_person_id => co_person_id) || ']'
      );
      ut.expect(agreed(l_contact).doubtful_fields).to_be_null();
   end doubt_per_field;

   procedure lost_fields
   is
      l_key     crm_records.record_key%type;
      l_contact erp.contacts.id%type;
   begin
      agreed_contact(out_record_key => l_key, out_contact_id => l_contact);
      rename(in_contact_id => l_contact, in_name => 'Outra');
      ut.expect(crm_test_fixture.claim_one().record_key).to_equal(l_key);
      update crm_records r
         set r.lease_until = systimestamp - interval '1' second
       where r.record_key = l_key;
      crm_bridge_api.end_expired_leases;
      ut.expect(step(crm_test_fixture.claim_one).get_array('changed').to_string).to_equal('["name"]');
   end lost_fields;

   procedure doubt_on_lead
   is
      co_key     constant crm_records.record_key%type := crm_test_fixture.new_branch;
      co_contact constant erp.contacts.id%type := new_contact;
      r_event    crm_outbox_events%rowtype;
   begin
      settle(
         in_event   => crm_test_fixture.claim_one,
         in_steps   => null,
         in_outcome => 'IN_DOUBT'
      );
      r_event := crm_test_fixture.claim_one;
      ut.expect(r_event.record_key).to_equal(co_key);
      ut.expect(r_event.is_in_doubt).to_equal('S');
      ut.expect(step(r_event).get_number('contact_id')).to_equal(co_contact);
      ut.expect(step(r_event).get_boolean('in_doubt')).to_be_false();
   end doubt_on_lead;

   procedure doubt_ends
   is
      co_key     constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      co_contact constant erp.contacts.id%type := new_contact;
   begin
      settle(
         in_event   => crm_test_fixture.claim_one,
         in_steps   => '[' || result_of(co_contact, in_is_done => 'false') || ']',
         in_outcome => 'IN_DOUBT'
      );
      settle(
         in_event   => crm_test_fixture.claim_one,
         in_steps   => '[' || result_of(co_contact, in_is_done => 'false') || ']',
         in_outcome => 'RETRY'
      );
      ut.expect(agreed(co_contact).is_in_doubt).to_equal('S');
      settle(
         in_event => crm_test_fixture.claim_one,
         in_steps => '[' || result_of(co_contact, in_person_id => co_person_id) || ']'
      );
      ut.expect(agreed(co_contact).is_in_doubt).to_equal('N');
      ut.expect(agreed(co_contact).record_key).to_equal(co_key);
   end doubt_ends;

   procedure lost_attempt
   is
      co_key    constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      co_first  constant erp.contacts.id%type := new_contact(in_name => 'Ana');
      co_second constant erp.contacts.id%type := new_contact(in_name => 'Bia');
      r_event   crm_outbox_events%rowtype;
   begin
      r_event := crm_test_fixture.claim_one;
      update crm_records r
         set r.lease_until = systimestamp - interval '1' second
       where r.record_key = co_key;
      crm_bridge_api.end_expired_leases;
      ut.expect(crm_test_fixture.event(r_event.event_id).status).to_equal('READY');
      r_event := crm_test_fixture.claim_one;
      -- the lead was equal, so it is not in doubt
      ut.expect(r_event.is_in_doubt).to_equal('N');
      ut.expect(step(r_event, 0).get_number('contact_id')).to_equal(co_first);
      ut.expect(step(r_event, 0).get_boolean('in_doubt')).to_be_true();
      ut.expect(step(r_event, 1).get_number('contact_id')).to_equal(co_second);
      ut.expect(step(r_event, 1).get_boolean('in_doubt')).to_be_true();
   end lost_attempt;

   procedure failing_lead
   is
      co_bad      constant crm_records.record_key%type := crm_test_fixture.new_branch(in_branch_code => 1);
      co_good     constant crm_records.record_key%type := crm_test_fixture.new_branch(in_branch_code => 2);
      co_of_bad   constant erp.contacts.id%type := new_contact(in_name => 'Ana', in_branch_code => 1);
      co_of_good  constant erp.contacts.id%type := new_contact(in_name => 'Bia', in_branch_code => 2);
      r_event     crm_outbox_events%rowtype;
      l_agreed    pls_integer;
   begin
      r_event := crm_test_fixture.claim_one;
      ut.expect(r_event.record_key).to_equal(co_bad);
      settle(in_event => r_event, in_steps => null, in_outcome => 'PARKED');
      r_event := crm_test_fixture.claim_one;
      ut.expect(r_event.record_key).to_equal(co_good);
      settle(
         in_event  => r_event,
         in_steps  => '[' || result_of(co_of_good, in_person_id => co_person_id) || ']',
         in_crm_id => crm_test_fixture.co_crm_id
      );
      ut.expect(crm_test_fixture.event_count(in_record_key => co_bad, in_status => 'PARKED')).to_equal(1);
      ut.expect(agreed(co_of_good).person_id).to_equal(co_person_id);
      select count(*)
        into l_agreed
        from crm_contact_records r
       where r.contact_id = co_of_bad;
      ut.expect(l_agreed).to_equal(0);
      ut.expect(crm_test_fixture.claim_one().event_id).to_be_null();
   end failing_lead;

   procedure captured_once
   is
      co_key   constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      co_other constant erp.contacts.id%type := new_contact(in_name => 'Bia');
      co_ana   constant erp.contacts.id%type := new_contact(in_name => 'Ana');
   begin
      crm_test_fixture.forget_events;
      update erp.contacts c
         set c.job_title = 'Diretoria'
       where c.id in (co_other, co_ana);
      ut.expect(crm_test_fixture.event_count(in_record_key => co_key, in_status => 'READY')).to_equal(1);
   end captured_once;

   procedure branch_not_integrated
   is
      co_key     constant crm_records.record_key%type := crm_test_fixture.new_branch(in_integrate => 'N');
      co_contact constant erp.contacts.id%type := new_contact;
   begin
      rename(in_contact_id => co_contact, in_name => 'Bia');
      ut.expect(crm_test_fixture.event_count(in_record_key => co_key)).to_equal(0);
   end branch_not_integrated;

   procedure nothing_changed
   is
      l_key     crm_records.record_key%type;
      l_contact erp.contacts.id%type;
   begin
      agreed_contact(out_record_key => l_key, out_contact_id => l_contact);
      update erp.contacts c
         set c.name       = c.name,
             c.updated_on = sysdate
       where c.id = l_contact;
      ut.expect(crm_test_fixture.event_count(in_record_key => l_key, in_status => 'READY')).to_equal(0);
   end nothing_changed;

   procedure person_taken
   is
      l_key     crm_records.record_key%type;
      l_contact erp.contacts.id%type;
      l_other   erp.contacts.id%type;
   begin
      agreed_contact(out_record_key => l_key, out_contact_id => l_contact);
      l_other := new_contact(in_name => 'Bia');
      settle(
         in_event => crm_test_fixture.claim_one,
         in_steps => '[' || result_of(l_other, in_person_id => co_person_id) || ']'
      );
   end person_taken;

   procedure steps_not_json
   is
      co_key     constant crm_records.record_key%type := crm_test_fixture.new_branch;
      co_contact constant erp.contacts.id%type := new_contact;
   begin
      ut.expect(co_key).to_be_not_null();
      ut.expect(co_contact).to_be_not_null();
      settle(in_event => crm_test_fixture.claim_one, in_steps => 'no');
   end steps_not_json;

   procedure no_steps_named
   is
      co_key     constant crm_records.record_key%type := crm_test_fixture.new_branch;
      co_contact constant erp.contacts.id%type := new_contact;
   begin
      settle(
         in_event  => crm_test_fixture.claim_one,
         in_steps  => null,
         in_crm_id => crm_test_fixture.co_crm_id
      );
      ut.expect(crm_test_fixture.record_of(co_key).crm_id).to_equal(crm_test_fixture.co_crm_id);
      rename(in_contact_id => co_contact, in_name => 'Bia');
      ut.expect(crm_fields.text_of(step(crm_test_fixture.claim_one), 'op')).to_equal('add');
   end no_steps_named;

   procedure switched_off
   is
      co_key     constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      co_contact constant erp.contacts.id%type := new_contact;
   begin
      ut.expect(co_contact).to_be_not_null();
      update crm_settings s
         set s.value = 'N'
       where s.name = 'send_steps';
      ut.expect(crm_test_fixture.claim_one().event_id).to_be_null();
      ut.expect(crm_test_fixture.event_count(in_record_key => co_key, in_status => 'UNCHANGED')).to_equal(1);
   end switched_off;

   procedure removed_branch
   is
      l_key     crm_records.record_key%type;
      l_contact erp.contacts.id%type;
      r_event   crm_outbox_events%rowtype;
   begin
      agreed_contact(out_record_key => l_key, out_contact_id => l_contact);
      rename(in_contact_id => l_contact, in_name => 'Bia');
      update erp.branches b
         set b.integrate_crm = 'N'
       where b.client_code = crm_test_fixture.co_client_code;
      r_event := crm_test_fixture.claim_one;
      ut.expect(r_event.record_key).to_equal(l_key);
      ut.expect(r_event.operation).to_equal('REMOVE');
      ut.expect(steps_of(r_event).get_size).to_equal(0);
   end removed_branch;

   procedure stage_is_moved
   is
      co_key  constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      r_event crm_outbox_events%rowtype;
   begin
      update crm_records r
         set r.agreed_stage = 'Desenvolvimento/Orçamento'
       where r.record_key = co_key;
      crm_bridge_api.request_stage(
         in_record_key => co_key,
         in_stage      => 'Ativação',
         in_by         => 'utplsql'
      );
      r_event := crm_test_fixture.claim_one;
      ut.expect(r_event.record_key).to_equal(co_key);
      ut.expect(r_event.origin).to_equal('REQUEST');
      ut.expect(crm_fields.text_of(step(r_event), 'step')).to_equal('stage');
      ut.expect(crm_fields.text_of(step(r_event), 'stage')).to_equal('Ativação');
      settle(in_event => r_event, in_steps => '[{"step":"stage","done":true}]');
      ut.expect(crm_test_fixture.record_of(co_key).agreed_stage).to_equal('Ativação');
      ut.expect(crm_test_fixture.record_of(co_key).wanted_stage).to_be_null();
   end stage_is_moved;

   procedure stage_spelling
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
   begin
      crm_bridge_api.request_stage(
         in_record_key => co_key,
         in_stage      => unistr('\00a0Ativac\0327a\0303o '),
         in_by         => 'utplsql'
      );
      ut.expect(crm_test_fixture.record_of(co_key).wanted_stage).to_equal('Ativação');
   end stage_spelling;

   procedure stage_not_allowed
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
   begin
      update crm_records r
         set r.agreed_stage = 'Retenção/Expansão'
       where r.record_key = co_key;
      crm_bridge_api.request_stage(
         in_record_key => co_key,
         in_stage      => 'Novos leads',
         in_by         => 'utplsql'
      );
   end stage_not_allowed;

   procedure unknown_record
   is
   begin
      crm_bridge_api.request_stage(
         in_record_key => '99000001-77',
         in_stage      => 'Ativação',
         in_by         => 'utplsql'
      );
   end unknown_record;

   procedure discard
   is
      co_key  constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      r_event crm_outbox_events%rowtype;
   begin
      crm_bridge_api.request_discard(
         in_record_key => co_key,
         in_reason     => 'Sem interesse',
         in_by         => 'utplsql'
      );
      r_event := crm_test_fixture.claim_one;
      ut.expect(crm_fields.text_of(step(r_event), 'step')).to_equal('discard');
      ut.expect(crm_fields.text_of(step(r_event), 'reason')).to_equal('Sem interesse');
      settle(in_event => r_event, in_steps => '[{"step":"discard","done":true}]');
      ut.expect(crm_test_fixture.record_of(co_key).wanted_discard).to_be_null();
      ut.expect(crm_test_fixture.record_of(co_key).end_reason).to_equal('Sem interesse');
      ut.expect(crm_test_fixture.record_of(co_key).ended_on).to_be_not_null();
      ut.expect(crm_test_fixture.record_of(co_key).agreed_stage).to_equal('Descartado');
   end discard;

   procedure view_of_differences
   is
      l_key     crm_records.record_key%type;
      l_contact erp.contacts.id%type;
      l_erp     varchar2(60 char);
      l_crm     varchar2(60 char);
   begin
      agreed_contact(out_record_key => l_key, out_contact_id => l_contact);
      insert into contacts (id, name, email, phone, job_title, client_code, lead_id, is_primary)
      values (
         co_person_id, 'Ana Velha', 'ana@example.com', '1133334444', 'Compras', 99000001,
         crm_test_fixture.co_crm_id, 'N'
      );
      rename(in_contact_id => l_contact, in_name => 'Ana');
      select max(case v.side when 'ERP' then v.name end), max(case v.side when 'CRM' then v.name end)
        into l_erp, l_crm
        from view_update_contact_in_crm v
       where v.record_key = l_key;
      ut.expect(l_erp).to_equal('ANA');
      ut.expect(l_crm).to_equal('ANA VELHA');
   end view_of_differences;

   procedure kept_contact_id
   is
      co_key     constant crm_records.record_key%type := crm_test_fixture.new_branch;
      co_contact constant erp.contacts.id%type := new_contact(in_name => 'Unica');
      l_id_crm   erp.contacts.id_crm%type;
   begin
      crm_test_fixture.forget_events;
      prc_store_crm_contact_id(in_email => 'UNICA@example.com', in_id => co_person_id);
      select c.id_crm
        into l_id_crm
        from erp.contacts c
       where c.id = co_contact;
      ut.expect(l_id_crm).to_equal(co_person_id);
      ut.expect(crm_test_fixture.event_count(in_record_key => co_key)).to_equal(0);
   end kept_contact_id;

   procedure kept_contact_ambiguous
   is
      co_key    constant crm_records.record_key%type := crm_test_fixture.new_branch;
      co_first  constant erp.contacts.id%type := new_contact(in_name => 'Dupla');
      co_second constant erp.contacts.id%type := new_contact(in_name => 'Dupla');
   begin
      ut.expect(co_key).to_be_not_null();
      ut.expect(co_second - co_first).to_be_greater_than(0);
      prc_store_crm_contact_id(in_email => 'dupla@example.com', in_id => co_person_id);
   end kept_contact_ambiguous;

   procedure kept_client_id
   is
      co_key   constant crm_records.record_key%type := crm_test_fixture.new_branch;
      l_id_crm erp.branches.id_crm%type;
   begin
      prc_store_crm_client_id(in_taxid => '99000000000001', in_id => crm_test_fixture.co_crm_id);
      select b.id_crm
        into l_id_crm
        from erp.branches b
       where b.taxid = '99000000000001';
      ut.expect(l_id_crm).to_equal(crm_test_fixture.co_crm_id);
      ut.expect(crm_test_fixture.event_count(in_record_key => co_key)).to_equal(0);
   end kept_client_id;

   procedure kept_client_unknown
   is
   begin
      prc_store_crm_client_id(in_taxid => '00000000000000', in_id => crm_test_fixture.co_crm_id);
   end kept_client_unknown;
end crm_test_steps;
/
