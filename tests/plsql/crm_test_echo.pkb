create or replace package body crm_test_echo
is
   co_crm_id constant pls_integer := crm_test_fixture.co_crm_id;

   procedure quiet
   is
   begin
      crm_test_fixture.quiet;
   end quiet;

   -- A record that was read once, so that its stage is known.
   function known_record return varchar2
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
   begin
      ut.expect(
         crm_test_fixture.apply(in_lead => crm_test_fixture.lead(in_record_key => co_key))
      ).to_be_not_null();
      crm_test_fixture.quiet;
      return co_key;
   end known_record;

   -- A webhook shows the lead and its persons: here there are none.
   function shown(in_record_key in varchar2) return json_object_t
   is
      l_fields json_object_t := json_object_t.parse(crm_test_fixture.lead(in_record_key => in_record_key));
   begin
      l_fields.put('contacts', json_array_t.parse('[]'));
      return l_fields;
   end shown;

   function stored(
      in_fields     in json_object_t,
      in_event_type in varchar2 default 'LEAD_UPDATED'
   ) return number
   is
      l_inbox_id     crm_inbox_events.inbox_id%type;
      l_is_duplicate varchar2(1 char);
   begin
      crm_inbox.store(
         in_source        => 'utplsql',
         in_event_type    => in_event_type,
         in_dedupe_key    => rawtohex(sys_guid()) || rawtohex(sys_guid()),
         in_crm_id        => co_crm_id,
         in_body          => null,
         in_fields        => case when in_fields is not null then in_fields.to_clob end,
         out_inbox_id     => l_inbox_id,
         out_is_duplicate => l_is_duplicate
      );
      return l_inbox_id;
   end stored;

   function settled return pls_integer
   is
      l_settled pls_integer;
   begin
      crm_echo.settle_echoes(
         in_limit    => 10,
         out_settled => l_settled
      );
      return l_settled;
   end settled;

   function status_of(in_inbox_id in number) return varchar2
   is
      l_status crm_inbox_events.status%type;
   begin
      select i.status
        into l_status
        from crm_inbox_events i
       where i.inbox_id = in_inbox_id;
      return l_status;
   end status_of;

   procedure echo_is_settled
   is
      co_key constant crm_records.record_key%type := known_record;
      l_id   crm_inbox_events.inbox_id%type := stored(shown(co_key));
   begin
      ut.expect(settled).to_equal(1);
      ut.expect(status_of(l_id)).to_equal('UNCHANGED');
   end echo_is_settled;

   procedure other_value_is_read
   is
      co_key   constant crm_records.record_key%type := known_record;
      l_fields json_object_t := shown(co_key);
      l_id     crm_inbox_events.inbox_id%type;
   begin
      l_fields.put('phone', '11988887777');
      l_id := stored(l_fields);
      ut.expect(settled).to_equal(0);
      ut.expect(status_of(l_id)).to_equal('READY');
      ut.expect(crm_test_fixture.claim_webhook().inbox_id).to_equal(l_id);
   end other_value_is_read;

   procedure other_stage_is_read
   is
      co_key   constant crm_records.record_key%type := known_record;
      l_fields json_object_t := shown(co_key);
      l_id     crm_inbox_events.inbox_id%type;
   begin
      l_fields.put('stage', 'Retenção/Expansão');
      l_id := stored(l_fields);
      ut.expect(settled).to_equal(0);
      ut.expect(status_of(l_id)).to_equal('READY');
   end other_stage_is_read;

   procedure unseen_field_is_read
   is
      co_key   constant crm_records.record_key%type := known_record;
      l_fields json_object_t := shown(co_key);
      l_id     crm_inbox_events.inbox_id%type;
   begin
      l_fields.remove('sales_rep');
      l_id := stored(l_fields);
      ut.expect(settled).to_equal(0);
      ut.expect(status_of(l_id)).to_equal('READY');
   end unseen_field_is_read;

   procedure unseen_erp_field
   is
      co_key   constant crm_records.record_key%type := known_record;
      l_fields json_object_t := shown(co_key);
      l_id     crm_inbox_events.inbox_id%type;
   begin
      l_fields.remove('address_number');
      l_fields.remove('address_district');
      l_id := stored(l_fields);
      ut.expect(settled).to_equal(1);
      ut.expect(status_of(l_id)).to_equal('UNCHANGED');
   end unseen_erp_field;

   procedure no_fields_is_read
   is
      co_key constant crm_records.record_key%type := known_record;
      l_id   crm_inbox_events.inbox_id%type := stored(null);
   begin
      ut.expect(co_key).to_be_not_null();
      ut.expect(settled).to_equal(0);
      ut.expect(status_of(l_id)).to_equal('READY');
   end no_fields_is_read;

   procedure late_is_read
   is
      co_key constant crm_records.record_key%type := known_record;
      l_id   crm_inbox_events.inbox_id%type := stored(shown(co_key));
   begin
      update crm_records r
         set r.agreed_on = systimestamp - interval '1' day
       where r.record_key = co_key;
      ut.expect(settled).to_equal(0);
      ut.expect(status_of(l_id)).to_equal('READY');
   end late_is_read;

   procedure unsure_is_read
   is
      co_key constant crm_records.record_key%type := known_record;
      l_id   crm_inbox_events.inbox_id%type := stored(shown(co_key));
   begin
      update crm_records r
         set r.doubtful_fields = '["phone"]'
       where r.record_key = co_key;
      ut.expect(settled).to_equal(0);
      update crm_records r
         set r.doubtful_fields = null,
             r.agreed_hash     = null
       where r.record_key = co_key;
      ut.expect(settled).to_equal(0);
      ut.expect(status_of(l_id)).to_equal('READY');
   end unsure_is_read;

   procedure edit_under_an_echo
   is
      co_key   constant crm_records.record_key%type := known_record;
      l_fields json_object_t := shown(co_key);
      l_edit   crm_inbox_events.inbox_id%type;
      l_echo   crm_inbox_events.inbox_id%type;
   begin
      l_fields.put('phone', '11988887777');
      l_edit := stored(l_fields);
      l_echo := stored(shown(co_key));
      ut.expect(settled).to_equal(1);
      ut.expect(status_of(l_echo)).to_equal('UNCHANGED');
      ut.expect(crm_test_fixture.claim_webhook().inbox_id).to_equal(l_edit);
   end edit_under_an_echo;

   -- Claims what is due without the search for echoes before it; the ids that are left to be read.
   function left_to_read return crm_ids_ct
   is
      t_inbox_ids   crm_ids_ct;
      t_record_keys crm_record_keys_ct;
   begin
      crm_inbox.claim(
         in_worker_id     => crm_test_fixture.co_worker_id,
         in_batch_size    => 10,
         in_lease_seconds => 60,
         out_inbox_ids    => t_inbox_ids
      );
      crm_echo.settle_claimed(
         io_inbox_ids    => t_inbox_ids,
         out_record_keys => t_record_keys
      );
      return t_inbox_ids;
   end left_to_read;

   procedure echo_in_the_claim
   is
      co_key constant crm_records.record_key%type := known_record;
      l_id   crm_inbox_events.inbox_id%type := stored(shown(co_key));
   begin
      ut.expect(left_to_read().count).to_equal(0);
      ut.expect(status_of(l_id)).to_equal('UNCHANGED');
      ut.expect(crm_test_fixture.record_of(co_key).lease_owner).to_be_null();
   end echo_in_the_claim;

   procedure echo_over_an_edit
   is
      co_key   constant crm_records.record_key%type := known_record;
      l_edited json_object_t := shown(co_key);
      l_echo   crm_inbox_events.inbox_id%type;
      t_left   crm_ids_ct;
   begin
      l_edited.put('phone', '11911112222');
      ut.expect(stored(l_edited)).to_be_not_null();
      l_echo := stored(shown(co_key));
      t_left := left_to_read;
      ut.expect(t_left.count).to_equal(1);
      ut.expect(t_left(1)).to_equal(l_echo);
      ut.expect(crm_test_fixture.record_of(co_key).lease_owner).to_equal(crm_test_fixture.co_worker_id);
   end echo_over_an_edit;

   procedure echo_over_an_edit_again
   is
      co_key   constant crm_records.record_key%type := known_record;
      l_edited json_object_t := shown(co_key);
      l_echo   crm_inbox_events.inbox_id%type;
      r_event  crm_inbox_events%rowtype;
   begin
      l_edited.put('phone', '11911112222');
      ut.expect(stored(l_edited)).to_be_not_null();
      l_echo  := stored(shown(co_key));
      r_event := crm_test_fixture.claim_webhook;
      ut.expect(r_event.inbox_id).to_equal(l_echo);
      crm_inbox.postpone(
         in_event         => r_event,
         in_retry_seconds => 0,
         in_detail        => 'a test',
         in_is_failure    => true
      );
      ut.expect(settled).to_equal(0);
      ut.expect(left_to_read().count).to_equal(1);
   end echo_over_an_edit_again;

   procedure echo_over_echoes
   is
      co_key constant crm_records.record_key%type := known_record;
      l_id   crm_inbox_events.inbox_id%type := stored(shown(co_key));
   begin
      ut.expect(stored(shown(co_key))).to_be_greater_than(l_id);
      ut.expect(left_to_read().count).to_equal(0);
      ut.expect(status_of(l_id)).to_equal('SUPERSEDED');
      ut.expect(crm_test_fixture.record_of(co_key).lease_owner).to_be_null();
   end echo_over_echoes;

   procedure person_is_read
   is
      co_key   constant crm_records.record_key%type := known_record;
      l_fields json_object_t := shown(co_key);
      l_id     crm_inbox_events.inbox_id%type;
   begin
      l_fields.remove('contacts');
      l_id := stored(l_fields, 'PERSON_UPDATED');
      ut.expect(settled).to_equal(0);
      ut.expect(status_of(l_id)).to_equal('READY');
   end person_is_read;

   procedure first_stage
   is
      co_key   constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      l_fields json_object_t := shown(co_key);
      l_id     crm_inbox_events.inbox_id%type;
   begin
      l_id := stored(l_fields);
      ut.expect(settled).to_equal(0);
      ut.expect(status_of(l_id)).to_equal('READY');
      l_fields.put('stage', 'Novos leads');
      l_id := stored(l_fields);
      ut.expect(settled).to_equal(1);
      ut.expect(status_of(l_id)).to_equal('UNCHANGED');
   end first_stage;

   -- One field as the CRM shows it, or its stage.
   function one_field(
      in_record_key in varchar2,
      in_name       in varchar2,
      in_own_write  in varchar2
   ) return json_object_t
   is
      l_fields json_object_t := json_object_t();
   begin
      if in_own_write is not null then
         l_fields.put('own_write', in_own_write);
      end if;
      l_fields.put(in_name, crm_fields.text_of(shown(in_record_key), in_name));
      return l_fields;
   end one_field;

   procedure own_field_is_settled
   is
      co_key  constant crm_records.record_key%type := known_record;
      l_phone crm_inbox_events.inbox_id%type;
      l_stage crm_inbox_events.inbox_id%type;
      l_bare  crm_inbox_events.inbox_id%type;
   begin
      l_phone := stored(one_field(in_record_key => co_key, in_name => 'phone', in_own_write => 'S'));
      l_stage := stored(one_field(in_record_key => co_key, in_name => 'stage', in_own_write => 'S'));
      l_bare  := stored(json_object_t.parse('{"own_write":"S"}'));
      ut.expect(settled).to_equal(3);
      ut.expect(status_of(l_phone)).to_equal('UNCHANGED');
      ut.expect(status_of(l_stage)).to_equal('UNCHANGED');
      ut.expect(status_of(l_bare)).to_equal('UNCHANGED');
   end own_field_is_settled;

   procedure own_other_value_is_read
   is
      co_key   constant crm_records.record_key%type := known_record;
      l_fields json_object_t := one_field(in_record_key => co_key, in_name => 'phone', in_own_write => 'S');
      l_id     crm_inbox_events.inbox_id%type;
   begin
      l_fields.put('phone', '11988887777');
      l_id := stored(l_fields);
      ut.expect(settled).to_equal(0);
      ut.expect(status_of(l_id)).to_equal('READY');
   end own_other_value_is_read;

   procedure own_other_stage_is_read
   is
      co_key   constant crm_records.record_key%type := known_record;
      l_fields json_object_t := one_field(in_record_key => co_key, in_name => 'stage', in_own_write => 'S');
      l_id     crm_inbox_events.inbox_id%type;
   begin
      l_fields.put('stage', 'Retenção/Expansão');
      l_id := stored(l_fields);
      ut.expect(settled).to_equal(0);
      ut.expect(status_of(l_id)).to_equal('READY');
   end own_other_stage_is_read;

   procedure others_field_is_read
   is
      co_key constant crm_records.record_key%type := known_record;
      l_none crm_inbox_events.inbox_id%type;
      l_no   crm_inbox_events.inbox_id%type;
   begin
      l_none := stored(one_field(in_record_key => co_key, in_name => 'phone', in_own_write => null));
      l_no   := stored(one_field(in_record_key => co_key, in_name => 'phone', in_own_write => 'N'));
      ut.expect(settled).to_equal(0);
      ut.expect(status_of(l_none)).to_equal('READY');
      ut.expect(status_of(l_no)).to_equal('READY');
   end others_field_is_read;
end crm_test_echo;
/
