create or replace package body crm_test_hints
is
   type claim_type is record (
      inbox_id     number,
      event_type   varchar2(30 char),
      crm_id       number,
      record_key   varchar2(40 char),
      fence_token  number,
      attempt      number,
      known_fields varchar2(4000 char),
      reads        varchar2(10 char),
      source       crm_inbox_events.source%type
   );

   procedure quiet
   is
   begin
      crm_test_fixture.quiet;
   end quiet;

   -- A record that was read once, so that its image is the CRM's.
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

   -- What a webhook shows: the agreed fields, and another phone, so that it is no echo.
   function shown(in_record_key in varchar2) return json_object_t
   is
      l_shown json_object_t := json_object_t.parse(crm_test_fixture.record_of(in_record_key).agreed_image);
   begin
      l_shown.put('stage', crm_test_fixture.co_mirrored);
      l_shown.put('phone', '11900000001');
      return l_shown;
   end shown;

   function stored(
      in_fields     in json_object_t,
      in_event_type in varchar2 default 'LEAD_UPDATED',
      in_crm_id     in number   default crm_test_fixture.co_crm_id
   ) return number
   is
      l_inbox_id     crm_inbox_events.inbox_id%type;
      l_is_duplicate varchar2(1 char);
   begin
      crm_inbox.store(
         in_source        => 'utplsql',
         in_event_type    => in_event_type,
         in_dedupe_key    => rawtohex(sys_guid()) || rawtohex(sys_guid()),
         in_crm_id        => in_crm_id,
         in_body          => null,
         in_fields        => case when in_fields is not null then in_fields.to_clob end,
         out_inbox_id     => l_inbox_id,
         out_is_duplicate => l_is_duplicate
      );
      return l_inbox_id;
   end stored;

   function claimed return claim_type
   is
      l_webhooks sys_refcursor;
      r_claim    claim_type;
   begin
      crm_bridge_api.claim_webhooks(
         in_worker_id     => crm_test_fixture.co_worker_id,
         in_batch_size    => 1,
         in_lease_seconds => 60,
         out_webhooks     => l_webhooks
      );
      fetch l_webhooks into r_claim;
      close l_webhooks;
      return r_claim;
   end claimed;

   procedure agreed_values
   is
      co_key constant crm_records.record_key%type := known_record;
      co_id  constant crm_inbox_events.inbox_id%type := stored(shown(co_key));
      r_claim claim_type := claimed;
      l_known json_object_t;
      l_image json_object_t := json_object_t.parse(crm_test_fixture.record_of(co_key).agreed_image);
   begin
      ut.expect(r_claim.inbox_id).to_equal(co_id);
      ut.expect(r_claim.known_fields).to_be_not_null();
      l_known := json_object_t.parse(r_claim.known_fields);
      ut.expect(crm_fields.text_of(l_known, 'client_code'))
         .to_equal(crm_fields.text_of(l_image, 'client_code'));
      ut.expect(crm_fields.text_of(l_known, 'sales_rep'))
         .to_equal(crm_fields.text_of(l_image, 'sales_rep'));
      ut.expect(crm_fields.text_of(l_known, 'tax_registration'))
         .to_equal(crm_fields.text_of(l_image, 'tax_registration'));
      ut.expect(crm_fields.text_of(l_known, 'financial_analysis'))
         .to_equal(crm_fields.text_of(l_image, 'financial_analysis'));
   end agreed_values;

   procedure other_value
   is
      type names_type is table of varchar2(30 char);
      co_names constant names_type := names_type(
         'client_code', 'sales_rep', 'tax_registration', 'financial_analysis'
      );
      co_key  constant crm_records.record_key%type := known_record;
      l_shown json_object_t;
      r_claim claim_type;
   begin
      <<names>>
      for i in 1 .. co_names.count loop
         l_shown := shown(co_key);
         l_shown.put(co_names(i), '424242');
         ut.expect(stored(l_shown)).to_be_not_null();
         r_claim := claimed;
         ut.expect(r_claim.inbox_id, co_names(i)).to_be_not_null();
         ut.expect(r_claim.known_fields, co_names(i)).to_be_null();
         crm_bridge_api.settle_webhook(
            in_inbox_id    => r_claim.inbox_id,
            in_fence_token => r_claim.fence_token,
            in_outcome     => 'DONE'
         );
      end loop names;
   end other_value;

   procedure null_and_value
   is
      co_key  constant crm_records.record_key%type := known_record;
      l_shown json_object_t := shown(co_key);
   begin
      l_shown.put_null('sales_rep');
      ut.expect(stored(l_shown)).to_be_not_null();
      ut.expect(claimed().known_fields).to_be_null();
   end null_and_value;

   procedure unseen_value
   is
      co_key  constant crm_records.record_key%type := known_record;
      l_shown json_object_t := shown(co_key);
   begin
      l_shown.remove('financial_analysis');
      ut.expect(stored(l_shown)).to_be_not_null();
      ut.expect(claimed().known_fields).to_be_null();
   end unseen_value;

   procedure no_fields
   is
   begin
      ut.expect(known_record).to_be_not_null();
      ut.expect(stored(null)).to_be_not_null();
      ut.expect(claimed().known_fields).to_be_null();
   end no_fields;

   procedure overtaken
   is
      co_key    constant crm_records.record_key%type := known_record;
      l_edited  json_object_t := shown(co_key);
      co_before constant json_object_t := shown(co_key);
   begin
      l_edited.put('sales_rep', '424242');
      ut.expect(stored(l_edited)).to_be_not_null();
      ut.expect(stored(co_before)).to_be_not_null();
      ut.expect(claimed().known_fields).to_be_null();
   end overtaken;

   procedure second_attempt
   is
      co_key  constant crm_records.record_key%type := known_record;
      co_id   constant crm_inbox_events.inbox_id%type := stored(shown(co_key));
      r_claim claim_type := claimed;
   begin
      ut.expect(r_claim.known_fields).to_be_not_null();
      crm_bridge_api.settle_webhook(
         in_inbox_id      => co_id,
         in_fence_token   => r_claim.fence_token,
         in_outcome       => 'RETRY',
         in_retry_seconds => 0
      );
      r_claim := claimed;
      ut.expect(r_claim.inbox_id).to_equal(co_id);
      ut.expect(r_claim.known_fields).to_be_null();
   end second_attempt;

   procedure parked_one
   is
      co_key  constant crm_records.record_key%type := known_record;
      co_id   constant crm_inbox_events.inbox_id%type := stored(shown(co_key));
      r_claim claim_type := claimed;
   begin
      crm_bridge_api.settle_webhook(
         in_inbox_id    => co_id,
         in_fence_token => r_claim.fence_token,
         in_outcome     => 'PARKED',
         in_detail      => 'a test'
      );
      ut.expect(stored(shown(co_key))).to_be_not_null();
      r_claim := claimed;
      ut.expect(r_claim.inbox_id).to_be_not_null();
      ut.expect(r_claim.known_fields).to_be_null();
   end parked_one;

   procedure in_doubt
   is
      co_key constant crm_records.record_key%type := known_record;
   begin
      update crm_records r
         set r.doubtful_fields = '["sales_rep"]'
       where r.record_key = co_key;
      ut.expect(stored(shown(co_key))).to_be_not_null();
      ut.expect(claimed().known_fields).to_be_null();
   end in_doubt;

   procedure old_webhook
   is
      co_key constant crm_records.record_key%type := known_record;
      co_id  constant crm_inbox_events.inbox_id%type := stored(shown(co_key));
   begin
      update crm_inbox_events i
         set i.received_on = systimestamp - interval '1' hour
       where i.inbox_id = co_id;
      ut.expect(claimed().known_fields).to_be_null();
   end old_webhook;

   procedure of_a_person
   is
      co_key  constant crm_records.record_key%type := known_record;
      r_claim claim_type;
   begin
      ut.expect(stored(in_fields => shown(co_key), in_event_type => 'PERSON_UPDATED')).to_be_not_null();
      r_claim := claimed;
      ut.expect(r_claim.inbox_id).to_be_not_null();
      ut.expect(r_claim.known_fields).to_be_null();
   end of_a_person;

   procedure unknown_lead
   is
      co_key  constant crm_records.record_key%type := known_record;
      r_claim claim_type;
   begin
      ut.expect(stored(in_fields => shown(co_key), in_crm_id => 990000777)).to_be_not_null();
      r_claim := claimed;
      ut.expect(r_claim.crm_id).to_equal(990000777);
      ut.expect(r_claim.known_fields).to_be_null();
   end unknown_lead;
end crm_test_hints;
/
