create or replace package body crm_test_contact_guard
is
   co_person_id constant pls_integer := 990000300;
   co_other_id  constant pls_integer := 990000301;
   co_agreed    constant varchar2(20 char) := '1133334444';
   co_edited    constant varchar2(20 char) := '11955550001';
   co_ours      constant varchar2(20 char) := '11944440001';

   g_key        crm_records.record_key%type;
   g_contact_id erp.contacts.id%type;

   procedure settle(
      in_event      in crm_outbox_events%rowtype,
      in_contact_id in number,
      in_person_id  in number,
      in_outcome    in varchar2 default 'DELIVERED',
      in_is_done    in varchar2 default 'true'
   )
   is
      l_record_key crm_records.record_key%type;
   begin
      crm_outbox.settle(
         in_event_id      => in_event.event_id,
         in_fence_token   => in_event.fence_token,
         in_outcome       => in_outcome,
         in_crm_id        => null,
         in_calls         => 1,
         in_http_status   => null,
         in_reason_class  => null,
         in_detail        => null,
         in_retry_seconds => null,
         out_record_key   => l_record_key,
         in_steps         => '[{"step":"contact","contact_id":' || in_contact_id || ',"person_id":'
                             || coalesce(to_char(in_person_id), 'null') || ',"done":' || in_is_done || '}]'
      );
   end settle;

   function new_contact(
      in_name       in varchar2 default 'Ana',
      in_is_primary in varchar2 default 'N'
   ) return number
   is
      l_id erp.contacts.id%type;
   begin
      insert into erp.contacts (client_code, branch_code, name, email, phone, job_title, is_primary)
      values (
         crm_test_fixture.co_client_code, 1, in_name, lower(in_name) || '@example.com', '(11) 3333-4444', 'Compras',
         in_is_primary
      )
      returning id into l_id;
      return l_id;
   end new_contact;

   -- A branch in a mirrored stage with one contact, on which both sides agree.
   procedure quiet
   is
   begin
      crm_test_fixture.quiet;
      g_key := crm_test_fixture.new_synced_branch;
      ut.expect(crm_test_fixture.apply(crm_test_fixture.lead(g_key))).to_be_not_null();
      update crm_settings s
         set s.value = 'S'
       where s.name in ('send_steps', 'take_contacts');
      crm_test_fixture.quiet;
      g_contact_id := new_contact;
      settle(
         in_event      => crm_test_fixture.claim_one,
         in_contact_id => g_contact_id,
         in_person_id  => co_person_id
      );
   end quiet;

   procedure set_contact(
      in_phone     in varchar2 default co_ours,
      in_job_title in varchar2 default 'Compras'
   )
   is
   begin
      update erp.contacts c
         set c.phone = in_phone,
             c.job_title = in_job_title
       where c.id = g_contact_id;
   end set_contact;

   function claimed_edit(in_phone in varchar2 default co_ours) return crm_outbox_events%rowtype
   is
   begin
      set_contact(in_phone => in_phone);
      return crm_test_fixture.claim_one;
   end claimed_edit;

   function seen(
      in_phone      in varchar2 default co_agreed,
      in_name       in varchar2 default 'Ana',
      in_is_primary in varchar2 default 'N'
   ) return clob
   is
      l_seen json_object_t := json_object_t();
   begin
      l_seen.put('name', in_name);
      l_seen.put('email', 'ana@example.com');
      l_seen.put('phone', in_phone);
      l_seen.put('job_title', 'Compras');
      l_seen.put('is_primary', in_is_primary);
      return l_seen.to_clob;
   end seen;

   function unseen(
      in_event      in crm_outbox_events%rowtype,
      in_seen       in clob,
      in_main_id    in number default null,
      in_contact_id in number default null
   ) return varchar2
   is
      l_unseen   crm_outbox_events.changed_fields%type;
      l_inbox_id crm_inbox_events.inbox_id%type;
   begin
      crm_guard.check_unseen_contact(
         in_event_id    => in_event.event_id,
         in_fence_token => in_event.fence_token,
         in_crm_id      => crm_test_fixture.co_crm_id,
         in_contact_id  => coalesce(in_contact_id, g_contact_id),
         in_seen        => in_seen,
         in_main_id     => in_main_id,
         out_unseen     => l_unseen,
         out_inbox_id   => l_inbox_id
      );
      ut.expect(case when l_inbox_id is null then '[]' else 'a hint' end).to_equal(
         case when l_unseen = '[]' then '[]' else 'a hint' end
      );
      return l_unseen;
   end unseen;

   function step(in_event_id in number) return json_object_t
   is
   begin
      return treat(
         json_array_t.parse(crm_test_fixture.event(in_event_id).steps).get(0) as json_object_t
      );
   end step;

   function image_value(in_field in varchar2) return varchar2
   is
      l_image crm_contact_records.agreed_image%type;
   begin
      select r.agreed_image
        into l_image
        from crm_contact_records r
       where r.contact_id = g_contact_id;
      return crm_fields.text_of(json_object_t.parse(l_image), in_field);
   end image_value;

   function erp_phone return varchar2
   is
      l_phone erp.contacts.phone%type;
   begin
      select c.phone
        into l_phone
        from erp.contacts c
       where c.id = g_contact_id;
      return l_phone;
   end erp_phone;

   -- Claims the hint, and applies the person with this phone.
   procedure apply_hint(
      in_phone     in varchar2,
      in_person_id in number default co_person_id
   )
   is
      r_hint   crm_inbox_events%rowtype := crm_test_fixture.claim_webhook;
      l_person json_object_t := json_object_t.parse(seen(in_phone => in_phone));
      l_key    crm_records.record_key%type;
      l_result crm_types.status_type;
   begin
      ut.expect(r_hint.source).to_equal(crm_guard.co_source);
      crm_echo.note_reads(in_inbox_ids => crm_ids_ct(r_hint.inbox_id));
      l_person.put('person_id', in_person_id);
      crm_apply.apply_contacts(
         in_inbox_id    => r_hint.inbox_id,
         in_fence_token => r_hint.fence_token,
         in_contacts    => '[' || l_person.to_string || ']',
         out_record_key => l_key,
         out_result     => l_result
      );
      ut.expect(l_key).to_equal(g_key);
   end apply_hint;

   procedure guarded_fields
   is
      r_event crm_outbox_events%rowtype := claimed_edit;
   begin
      ut.expect(step(r_event.event_id).get_array('guarded').to_string).to_equal(
         '["name","email","phone","job_title","is_primary"]'
      );
      settle(in_event => r_event, in_contact_id => g_contact_id, in_person_id => co_person_id);
      update crm_settings s
         set s.value = 'N'
       where s.name = 'take_contacts';
      r_event := claimed_edit(in_phone => co_edited);
      ut.expect(step(r_event.event_id).get('guarded').is_null).to_be_true();
   end guarded_fields;

   procedure nothing_unseen
   is
      r_event crm_outbox_events%rowtype := claimed_edit;
   begin
      ut.expect(unseen(r_event, seen)).to_equal('[]');
      ut.expect(step(r_event.event_id).get_array('changed').to_string).to_equal('["phone"]');
   end nothing_unseen;

   procedure unseen_edit
   is
      r_event crm_outbox_events%rowtype;
   begin
      set_contact(in_job_title => 'Diretora');
      r_event := crm_test_fixture.claim_one;
      ut.expect(unseen(r_event, seen(in_phone => co_edited))).to_equal('["phone"]');
      ut.expect(step(r_event.event_id).get_array('changed').to_string).to_equal('["job_title"]');
      settle(in_event => r_event, in_contact_id => g_contact_id, in_person_id => co_person_id);
      ut.expect(image_value('phone')).to_equal(co_agreed);
      ut.expect(image_value('job_title')).to_equal('Diretora');
   end unseen_edit;

   procedure hint_is_merged
   is
      r_event crm_outbox_events%rowtype := claimed_edit;
      l_audit pls_integer;
   begin
      ut.expect(unseen(r_event, seen(in_phone => co_edited))).to_equal('["phone"]');
      settle(in_event => r_event, in_contact_id => g_contact_id, in_person_id => co_person_id);
      apply_hint(in_phone => co_edited);
      ut.expect(erp_phone).to_equal(co_edited);
      ut.expect(image_value('phone')).to_equal(co_edited);
      select count(*)
        into l_audit
        from crm_merge_audit a
       where a.record_key = g_key
         and a.contact_id = g_contact_id
         and a.field_name = 'phone'
         and a.base_value = co_agreed
         and a.erp_value = co_ours
         and a.crm_value = co_edited;
      ut.expect(l_audit).to_equal(1);
   end hint_is_merged;

   procedure same_on_both_sides
   is
      r_event crm_outbox_events%rowtype := claimed_edit;
   begin
      ut.expect(unseen(r_event, seen(in_phone => co_ours))).to_equal('[]');
      ut.expect(unseen(r_event, seen(in_phone => '+55 (11) 3333-4444'))).to_equal('[]');
   end same_on_both_sides;

   procedure field_of_the_erp
   is
   begin
      update crm_contact_policies p
         set p.policy = 'ERP'
       where p.field_name = 'phone';
      ut.expect(unseen(claimed_edit, seen(in_phone => co_edited))).to_equal('[]');
   end field_of_the_erp;

   procedure own_value_in_doubt
   is
      r_event crm_outbox_events%rowtype := claimed_edit(in_phone => '11944440000');
   begin
      settle(
         in_event      => r_event,
         in_contact_id => g_contact_id,
         in_person_id  => co_person_id,
         in_outcome    => 'IN_DOUBT',
         in_is_done    => 'false'
      );
      r_event := claimed_edit;
      ut.expect(unseen(r_event, seen(in_phone => '11944440000'))).to_equal('[]');
      ut.expect(unseen(r_event, seen(in_phone => co_edited))).to_equal('["phone"]');
   end own_value_in_doubt;

   procedure edited_addition
   is
      co_contact constant erp.contacts.id%type := new_contact(in_name => 'Bia');
      r_event    crm_outbox_events%rowtype := crm_test_fixture.claim_one;
   begin
      settle(
         in_event      => r_event,
         in_contact_id => co_contact,
         in_person_id  => null,
         in_outcome    => 'IN_DOUBT',
         in_is_done    => 'false'
      );
      r_event := crm_test_fixture.claim_one;
      ut.expect(step(r_event.event_id).get_boolean('in_doubt')).to_be_true();
      g_contact_id := co_contact;
      ut.expect(unseen(r_event, '{"phone":"' || co_edited || '","job_title":"Compras"}')).to_equal('["phone"]');
      settle(in_event => r_event, in_contact_id => co_contact, in_person_id => co_other_id);
      ut.expect(image_value('phone')).to_be_null();
      ut.expect(image_value('name')).to_equal('Bia');
   end edited_addition;

   -- Adds Bia without an answer, and deletes her in the ERP.
   function lost_addition return number
   is
      co_contact constant erp.contacts.id%type := new_contact(in_name => 'Bia');
   begin
      settle(
         in_event      => crm_test_fixture.claim_one,
         in_contact_id => co_contact,
         in_person_id  => null,
         in_outcome    => 'IN_DOUBT',
         in_is_done    => 'false'
      );
      delete from erp.contacts c
       where c.id = co_contact;
      return co_contact;
   end lost_addition;

   -- What becomes of a lead with Ana and a person who has the address of Bia: contacts of hers.
   function contacts_after_reading(in_person_id in number) return pls_integer
   is
      r_webhook  crm_inbox_events%rowtype := crm_test_fixture.new_webhook(in_event_type => 'PERSON_UPDATED');
      l_persons  json_array_t := json_array_t();
      l_person   json_object_t := json_object_t.parse(seen());
      l_key      crm_records.record_key%type;
      l_result   crm_types.status_type;
      l_contacts pls_integer;
   begin
      crm_echo.note_reads(in_inbox_ids => crm_ids_ct(r_webhook.inbox_id));
      l_person.put('person_id', co_person_id);
      l_persons.append(l_person);
      l_person := json_object_t.parse(seen(in_name => 'Bia'));
      l_person.put('person_id', in_person_id);
      l_person.put('email', 'BIA@example.com');
      l_persons.append(l_person);
      crm_apply.apply_contacts(
         in_inbox_id    => r_webhook.inbox_id,
         in_fence_token => r_webhook.fence_token,
         in_contacts    => l_persons.to_clob,
         out_record_key => l_key,
         out_result     => l_result
      );
      select count(*)
        into l_contacts
        from erp.contacts c
       where c.client_code = crm_test_fixture.co_client_code
         and c.email = 'bia@example.com';
      return l_contacts;
   end contacts_after_reading;

   function is_let_go(in_person_id in number) return boolean
   is
      l_persons pls_integer;
   begin
      select count(*)
        into l_persons
        from crm_let_go_persons g
       where g.person_id = in_person_id
         and g.record_key = g_key;
      return l_persons > 0;
   end is_let_go;

   procedure deleted_addition
   is
      co_contact constant erp.contacts.id%type := lost_addition;
   begin
      ut.expect(contacts_after_reading(in_person_id => co_other_id)).to_equal(0);
      ut.expect(is_let_go(co_other_id)).to_be_true();
      settle(
         in_event      => crm_test_fixture.claim_one,
         in_contact_id => co_contact,
         in_person_id  => null
      );
      ut.expect(contacts_after_reading(in_person_id => co_other_id)).to_equal(0);
   end deleted_addition;

   procedure removed_addition
   is
      co_contact constant erp.contacts.id%type := lost_addition;
   begin
      settle(
         in_event      => crm_test_fixture.claim_one,
         in_contact_id => co_contact,
         in_person_id  => null
      );
      ut.expect(contacts_after_reading(in_person_id => co_other_id)).to_equal(0);
      ut.expect(is_let_go(co_other_id)).to_be_true();
      -- whom a user adds afterwards is a person of the user's
      ut.expect(contacts_after_reading(in_person_id => co_other_id + 1)).to_equal(1);
      ut.expect(is_let_go(co_other_id + 1)).to_be_false();
   end removed_addition;

   procedure own_value_in_merge
   is
      r_event   crm_outbox_events%rowtype := claimed_edit(in_phone => '11944440000');
      r_webhook crm_inbox_events%rowtype;
      l_key     crm_records.record_key%type;
      l_result  crm_types.status_type;
      l_person  json_object_t := json_object_t.parse(seen(in_phone => '11944440000'));
   begin
      settle(
         in_event      => r_event,
         in_contact_id => g_contact_id,
         in_person_id  => co_person_id,
         in_outcome    => 'IN_DOUBT',
         in_is_done    => 'false'
      );
      set_contact(in_phone => co_ours);
      r_webhook := crm_test_fixture.new_webhook(in_event_type => 'PERSON_UPDATED');
      crm_echo.note_reads(in_inbox_ids => crm_ids_ct(r_webhook.inbox_id));
      l_person.put('person_id', co_person_id);
      crm_apply.apply_contacts(
         in_inbox_id    => r_webhook.inbox_id,
         in_fence_token => r_webhook.fence_token,
         in_contacts    => '[' || l_person.to_string || ']',
         out_record_key => l_key,
         out_result     => l_result
      );
      ut.expect(erp_phone).to_equal(co_ours);
      ut.expect(image_value('phone')).to_equal('11944440000');
   end own_value_in_merge;

   procedure other_main_contact
   is
      co_other constant erp.contacts.id%type := new_contact(in_name => 'Bia');
      r_event  crm_outbox_events%rowtype := crm_test_fixture.claim_one;
   begin
      settle(in_event => r_event, in_contact_id => co_other, in_person_id => co_other_id);
      update erp.contacts c
         set c.is_primary = 'S'
       where c.id = g_contact_id;
      r_event := crm_test_fixture.claim_one;
      ut.expect(unseen(r_event, seen, in_main_id => co_person_id)).to_equal('[]');
      ut.expect(unseen(r_event, seen, in_main_id => 1)).to_equal('[]');
      ut.expect(unseen(r_event, seen, in_main_id => co_other_id)).to_equal('["is_primary"]');
      ut.expect(crm_fields.text_of(step(r_event.event_id).get_object('fields'), 'is_primary')).to_equal('N');
   end other_main_contact;

   procedure without_a_name
   is
   begin
      ut.expect(unseen(claimed_edit, seen(in_name => null))).to_equal('[]');
   end without_a_name;

   procedure stale_claim
   is
      r_event  crm_outbox_events%rowtype := claimed_edit;
      l_unseen crm_outbox_events.changed_fields%type;
   begin
      r_event.fence_token := r_event.fence_token - 1;
      l_unseen := unseen(r_event, seen);
      ut.expect(l_unseen).to_be_null();
   end stale_claim;

   procedure no_such_step
   is
      l_unseen crm_outbox_events.changed_fields%type;
   begin
      l_unseen := unseen(claimed_edit, seen, in_contact_id => -1);
      ut.expect(l_unseen).to_be_null();
   end no_such_step;
end crm_test_contact_guard;
/
