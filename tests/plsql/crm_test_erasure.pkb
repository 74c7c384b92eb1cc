create or replace package body crm_test_erasure
is
   co_secret  constant varchar2(30 char) := 'segredo-4711';
   co_person  constant pls_integer := 990000501;
   co_contact constant pls_integer := 99000501;

   -- Forgets a record, or looks; returns the report.
   function forgotten(
      in_record_key in varchar2,
      in_dry_run    in varchar2 default 'N',
      in_live       in varchar2 default 'S',
      in_by         in varchar2 default 'ana@desk',
      in_reason     in varchar2 default 'request 17'
   ) return varchar2
   is
      l_report varchar2(4000 char);
   begin
      crm_bridge_api.forget_record(
         in_record_key      => in_record_key,
         in_by              => in_by,
         in_reason          => in_reason,
         in_is_live_allowed => in_live,
         in_is_dry_run      => in_dry_run,
         out_report         => l_report
      );
      return l_report;
   end forgotten;

   -- A record with a row of everything that can hold data, each with the secret in it.
   function full_record return varchar2
   is
      l_key      crm_records.record_key%type;
      l_event_id crm_outbox_events.event_id%type;
   begin
      crm_test_fixture.quiet;
      l_key := crm_test_fixture.new_synced_branch;
      update crm_records r
         set r.substitutes = '{"industry":{"value":"' || co_secret || '"}}',
             r.left_image  = r.agreed_image,
             r.left_on     = systimestamp
       where r.record_key = l_key;
      insert into crm_contact_records (contact_id, record_key, person_id, agreed_image)
      values (co_contact, l_key, co_person, '{"name":"' || co_secret || '"}');
      select max(e.event_id)
        into l_event_id
        from crm_outbox_events e
       where e.record_key = l_key;
      update crm_outbox_events e
         set e.document = '{"name":"' || co_secret || '"}',
             e.steps    = '[{"name":"' || co_secret || '"}]',
             e.detail   = co_secret
       where e.record_key = l_key;
      update crm_outbox_attempts a
         set a.detail = co_secret
       where a.event_id = l_event_id;
      insert into crm_inbox_events (
         source, event_type, dedupe_key, crm_id, body, fields, detail, status, settled_on
      ) values (
         'utplsql', 'LEAD_UPDATED', lpad('1', 64, 'e'), crm_test_fixture.co_crm_id,
         to_blob(sys.utl_raw.cast_to_raw(co_secret)), '{"name":"' || co_secret || '"}', co_secret, 'DONE', systimestamp
      );
      insert into crm_conflicts (record_key, field_name, base_value, erp_value, crm_value)
      values (l_key, 'phone', co_secret, co_secret, co_secret);
      insert into crm_merge_audit (record_key, field_name, policy, base_value, erp_value, crm_value, taken)
      values (l_key, 'phone', 'CRM', co_secret, co_secret, co_secret, 'CRM');
      insert into crm_operator_audit (
         action, kind, item_id, record_key, attempts, detail, body_before, done_by
      ) values (
         'EDIT', 'INBOX', 1, l_key, 1, co_secret, to_blob(sys.utl_raw.cast_to_raw(co_secret)), 'utplsql'
      );
      insert into leads (id, name, stage)
      values (crm_test_fixture.co_crm_id, co_secret, crm_test_fixture.co_mirrored);
      insert into contacts (id, lead_id, name)
      values (co_person, crm_test_fixture.co_crm_id, co_secret);
      return l_key;
   end full_record;

   -- Rows of ours that hold a value of the record.
   function rows_with_values(in_record_key in varchar2) return pls_integer
   is
      l_rows pls_integer;
   begin
      select (
                select count(*)
                  from crm_records r
                 where r.record_key = in_record_key
                   and (
                          r.agreed_image is not null or r.left_image is not null or r.agreed_hash is not null
                          or r.substitutes is not null or r.crm_id is not null
                       )
             )
             + (select count(*) from crm_contact_records k where k.record_key = in_record_key)
             + (
                  select count(*)
                    from crm_outbox_events e
                   where e.record_key = in_record_key
                     and (
                            e.document is not null or e.detail is not null or e.row_hash is not null
                            -- no steps are an empty array
                            or sys.dbms_lob.getlength(e.steps) > 2
                         )
               )
             + (select count(*) from crm_outbox_attempts a where a.detail = co_secret)
             + (
                  select count(*)
                    from crm_inbox_events i
                   where i.crm_id = crm_test_fixture.co_crm_id
                     and (i.body is not null or i.fields is not null or i.detail = co_secret)
               )
             + (select count(*) from crm_conflicts c where c.record_key = in_record_key)
             + (select count(*) from crm_merge_audit m where m.record_key = in_record_key)
             + (
                  select count(*)
                    from crm_operator_audit o
                   where o.record_key = in_record_key
                     and (o.body_before is not null or o.detail is not null)
               )
             + (select count(*) from leads l where l.id = crm_test_fixture.co_crm_id)
             + (select count(*) from contacts c where c.id = co_person)
        into l_rows
        from dual;
      return l_rows;
   end rows_with_values;

   procedure dry_run
   is
      co_key    constant crm_records.record_key%type := full_record;
      co_before constant pls_integer := rows_with_values(in_record_key => co_key);
      co_report constant varchar2(4000 char) := forgotten(
         in_record_key => co_key,
         in_dry_run    => 'S',
         in_live       => 'N',
         in_by         => null,
         in_reason     => null
      );
      l_audits  pls_integer;
   begin
      ut.expect(json_value(co_report, '$.is_done')).to_equal('N');
      ut.expect(json_value(co_report, '$.is_live')).to_equal('S');
      ut.expect(json_value(co_report, '$.crm_id' returning number)).to_equal(crm_test_fixture.co_crm_id);
      ut.expect(json_value(co_report, '$.erased.agreements' returning number)).to_equal(1);
      ut.expect(json_value(co_report, '$.erased.contact_agreements' returning number)).to_equal(1);
      ut.expect(json_value(co_report, '$.erased.webhooks' returning number)).to_equal(1);
      ut.expect(json_value(co_report, '$.erased.conflicts' returning number)).to_equal(1);
      ut.expect(json_value(co_report, '$.erased.merge_decisions' returning number)).to_equal(1);
      ut.expect(json_value(co_report, '$.erased.operator_notes' returning number)).to_equal(1);
      ut.expect(json_value(co_report, '$.erased.leads' returning number)).to_equal(1);
      ut.expect(json_value(co_report, '$.erased.persons' returning number)).to_equal(1);
      ut.expect(json_value(co_report, '$.erased.changes' returning number)).to_be_greater_or_equal(1);
      ut.expect(json_value(co_report, '$.erased.attempts' returning number)).to_be_greater_or_equal(1);
      ut.expect(rows_with_values(in_record_key => co_key)).to_equal(co_before);
      ut.expect(co_before).to_be_greater_or_equal(10);
      select count(*)
        into l_audits
        from crm_erasures z
       where z.record_key = co_key;
      ut.expect(l_audits).to_equal(0);
   end dry_run;

   procedure nothing_left
   is
      co_key    constant crm_records.record_key%type := full_record;
      co_report constant varchar2(4000 char) := forgotten(in_record_key => co_key);
   begin
      ut.expect(json_value(co_report, '$.is_done')).to_equal('S');
      ut.expect(rows_with_values(in_record_key => co_key)).to_equal(0);
   end nothing_left;

   procedure second_look
   is
      co_key    constant crm_records.record_key%type := full_record;
      co_first  constant varchar2(4000 char) := forgotten(in_record_key => co_key);
      co_second constant varchar2(4000 char) := forgotten(
         in_record_key => co_key,
         in_dry_run    => 'S'
      );
      l_rows    pls_integer;
   begin
      ut.expect(json_value(co_first, '$.is_done')).to_equal('S');
      -- the lead is known still, to be deleted in the CRM
      ut.expect(json_value(co_second, '$.crm_id' returning number)).to_equal(crm_test_fixture.co_crm_id);
      select j.changes + j.attempts + j.webhooks + j.operator_notes + j.conflicts + j.merge_decisions + j.leads
             + j.persons + j.contact_agreements + j.agreements
        into l_rows
        from json_table(
                co_second, '$.erased'
                columns (
                   changes            number path '$.changes',
                   attempts           number path '$.attempts',
                   webhooks           number path '$.webhooks',
                   operator_notes     number path '$.operator_notes',
                   conflicts          number path '$.conflicts',
                   merge_decisions    number path '$.merge_decisions',
                   leads              number path '$.leads',
                   persons            number path '$.persons',
                   contact_agreements number path '$.contact_agreements',
                   agreements         number path '$.agreements'
                )
             ) j;
      ut.expect(l_rows).to_equal(0);
   end second_look;

   procedure audit_row
   is
      co_key    constant crm_records.record_key%type := full_record;
      co_report constant varchar2(4000 char) := forgotten(in_record_key => co_key);
      r_erasure crm_erasures%rowtype;
      l_shown   pls_integer;
   begin
      ut.expect(json_value(co_report, '$.is_done')).to_equal('S');
      select z.*
        into r_erasure
        from crm_erasures z
       where z.record_key = co_key;
      ut.expect(r_erasure.action).to_equal('FORGET');
      ut.expect(r_erasure.done_by).to_equal('ana@desk');
      ut.expect(r_erasure.reason).to_equal('request 17');
      ut.expect(json_value(r_erasure.erased, '$.leads' returning number)).to_equal(1);
      ut.expect(instr(r_erasure.erased, co_secret)).to_equal(0);
      select count(*)
        into l_shown
        from crm_record_history_v h
       where h.record_key = co_key
         and h.outcome = 'FORGET';
      ut.expect(l_shown).to_equal(1);
   end audit_row;

   procedure leased_record
   is
      co_key    constant crm_records.record_key%type := full_record;
      l_report  varchar2(4000 char);
   begin
      update crm_records r
         set r.lease_owner = 'utplsql',
             r.lease_until = systimestamp + interval '1' minute
       where r.record_key = co_key;
      l_report := forgotten(in_record_key => co_key);
   end leased_record;

   procedure webhook_in_flight
   is
      co_key   constant crm_records.record_key%type := full_record;
      l_report varchar2(4000 char);
   begin
      insert into crm_inbox_events (
         source, event_type, dedupe_key, crm_id, status, lease_owner, lease_until, fence_token
      ) values (
         'utplsql', 'LEAD_UPDATED', lpad('2', 64, 'e'), crm_test_fixture.co_crm_id, 'INFLIGHT', 'utplsql',
         systimestamp + interval '1' minute, 1
      );
      l_report := forgotten(in_record_key => co_key);
   end webhook_in_flight;

   procedure live_branch
   is
      co_key   constant crm_records.record_key%type := full_record;
      l_report varchar2(4000 char);
   begin
      l_report := forgotten(
         in_record_key => co_key,
         in_live       => 'N'
      );
   end live_branch;

   procedure unknown_record
   is
      l_report varchar2(4000 char);
   begin
      l_report := forgotten(in_record_key => '99999999-9');
   end unknown_record;

   procedure nobody
   is
      co_key   constant crm_records.record_key%type := full_record;
      l_report varchar2(4000 char);
   begin
      l_report := forgotten(
         in_record_key => co_key,
         in_by         => null
      );
   end nobody;

   procedure no_reason
   is
      co_key   constant crm_records.record_key%type := full_record;
      l_report varchar2(4000 char);
   begin
      l_report := forgotten(
         in_record_key => co_key,
         in_reason     => ' '
      );
   end no_reason;

   procedure waiting_is_given_up
   is
      co_key    constant crm_records.record_key%type := full_record;
      l_report  varchar2(4000 char);
      l_waiting pls_integer;
      l_parked  crm_inbox_events.status%type;
   begin
      update erp.branches b
         set b.phone = '11900000001'
       where b.client_code = crm_test_fixture.co_client_code;
      insert into crm_inbox_events (source, event_type, dedupe_key, crm_id, body, status, settled_on)
      values (
         'utplsql', 'LEAD_UPDATED', lpad('3', 64, 'e'), crm_test_fixture.co_crm_id,
         to_blob(sys.utl_raw.cast_to_raw(co_secret)), 'PARKED', systimestamp
      );
      ut.expect(crm_test_fixture.event_count(co_key, 'READY')).to_be_greater_or_equal(1);
      l_report := forgotten(in_record_key => co_key);
      l_waiting := crm_test_fixture.event_count(co_key, 'READY') + crm_test_fixture.event_count(co_key, 'PARKED');
      ut.expect(l_waiting).to_equal(0);
      select i.status
        into l_parked
        from crm_inbox_events i
       where i.dedupe_key = lpad('3', 64, 'e');
      ut.expect(l_parked).to_equal('SKIPPED');
   end waiting_is_given_up;

   procedure erp_change
   is
      co_key   constant crm_records.record_key%type := full_record;
      l_report varchar2(4000 char);
      r_event  crm_outbox_events%rowtype;
      l_shown  pls_integer;
   begin
      l_report := forgotten(in_record_key => co_key);
      update erp.branches b
         set b.phone = '11900000002'
       where b.client_code = crm_test_fixture.co_client_code;
      r_event := crm_test_fixture.claim_one;
      ut.expect(r_event.event_id is null).to_be_true();
      ut.expect(crm_test_fixture.event_count(co_key, 'UNCHANGED')).to_equal(1);
      ut.expect(rows_with_values(in_record_key => co_key)).to_equal(0);
      select count(*)
        into l_shown
        from vw_crm_clients v
       where v.record_key = co_key;
      ut.expect(l_shown).to_equal(0);
   end erp_change;

   procedure webhook_body
   is
      co_key       constant crm_records.record_key%type := full_record;
      l_report     varchar2(4000 char);
      l_inbox_id   number;
      l_duplicate  varchar2(1 char);
      r_webhook    crm_inbox_events%rowtype;
   begin
      l_report := forgotten(in_record_key => co_key);
      crm_bridge_api.store_webhook(
         in_source        => 'utplsql',
         in_event_type    => 'LEAD_UPDATED',
         in_dedupe_key    => lpad('4', 64, 'e'),
         in_crm_id        => crm_test_fixture.co_crm_id,
         in_body          => to_blob(sys.utl_raw.cast_to_raw(co_secret)),
         in_fields        => '{"name":"' || co_secret || '"}',
         out_inbox_id     => l_inbox_id,
         out_is_duplicate => l_duplicate
      );
      select i.*
        into r_webhook
        from crm_inbox_events i
       where i.inbox_id = l_inbox_id;
      ut.expect(r_webhook.status).to_equal('IGNORED');
      ut.expect(r_webhook.body is null).to_be_true();
      ut.expect(r_webhook.fields is null).to_be_true();
      ut.expect(l_duplicate).to_equal('N');
   end webhook_body;

   procedure lead_is_not_taken
   is
      co_key    constant crm_records.record_key%type := full_record;
      l_report  varchar2(4000 char);
      r_webhook crm_inbox_events%rowtype;
      l_lead    clob;
      l_result  varchar2(10 char);
   begin
      l_lead := crm_test_fixture.lead(
         in_record_key => co_key,
         in_field_name => 'phone',
         in_value      => '11900000003'
      );
      l_report := forgotten(in_record_key => co_key);
      -- a hint of a run over all leads, which brings no body, and of the kind that makes clients
      insert into crm_inbox_events (source, event_type, dedupe_key, crm_id)
      values ('RECONCILE', 'LEAD_CONVERTED', lpad('5', 64, 'e'), crm_test_fixture.co_crm_id);
      r_webhook := crm_test_fixture.claim_webhook;
      crm_bridge_api.apply_lead(
         in_inbox_id    => r_webhook.inbox_id,
         in_fence_token => r_webhook.fence_token,
         in_lead        => l_lead,
         out_result     => l_result
      );
      ut.expect(l_result).to_equal('IGNORED');
      ut.expect(rows_with_values(in_record_key => co_key)).to_equal(0);
   end lead_is_not_taken;

   procedure late_webhook
   is
      co_key   constant crm_records.record_key%type := full_record;
      l_report varchar2(4000 char);
      l_rows   pls_integer;
   begin
      l_report := forgotten(in_record_key => co_key);
      insert into crm_inbox_events (source, event_type, dedupe_key, crm_id, body)
      values (
         'utplsql', 'LEAD_UPDATED', lpad('6', 64, 'e'), crm_test_fixture.co_crm_id,
         to_blob(sys.utl_raw.cast_to_raw(co_secret))
      );
      ut.expect(rows_with_values(in_record_key => co_key)).to_equal(1);
      crm_retention.purge(
         in_limit => 1000,
         out_rows => l_rows
      );
      ut.expect(l_rows).to_be_greater_or_equal(1);
      ut.expect(rows_with_values(in_record_key => co_key)).to_equal(0);
   end late_webhook;

   procedure shared_taxid
   is
      co_key     constant crm_records.record_key%type := full_record;
      co_other   constant crm_records.record_key%type := crm_test_fixture.new_synced_branch(
         in_branch_code => 2,
         in_crm_id      => crm_test_fixture.co_crm_id + 1
      );
      l_taxid    leads.taxid%type;
      l_report   varchar2(4000 char);
      l_earlier  pls_integer;
      l_others   pls_integer;
   begin
      select json_value(r.agreed_image, '$.taxid')
        into l_taxid
        from crm_records r
       where r.record_key = co_key;
      -- a lead that the record had before, and one of another branch of the same person
      insert into leads (id, name, taxid)
      values (crm_test_fixture.co_crm_id + 2, co_secret, l_taxid);
      insert into leads (id, name, taxid)
      values (crm_test_fixture.co_crm_id + 1, co_secret, l_taxid);
      l_report := forgotten(in_record_key => co_key);
      select count(case when l.id = crm_test_fixture.co_crm_id + 2 then 1 end),
             count(case when l.id = crm_test_fixture.co_crm_id + 1 then 1 end)
        into l_earlier, l_others
        from leads l
       where l.taxid = l_taxid;
      ut.expect(l_earlier).to_equal(0);
      ut.expect(l_others).to_equal(1);
      ut.expect(crm_test_fixture.record_of(co_other).agreed_image is not null).to_be_true();
   end shared_taxid;

   procedure lifted
   is
      co_key   constant crm_records.record_key%type := full_record;
      l_report varchar2(4000 char);
      l_lifted pls_integer;
      r_event  crm_outbox_events%rowtype;
   begin
      l_report := forgotten(in_record_key => co_key);
      crm_bridge_api.lift_forgetting(
         in_record_key => co_key,
         in_by         => 'ana@desk',
         in_reason     => 'client again',
         out_lifted    => l_lifted
      );
      ut.expect(l_lifted).to_equal(1);
      update erp.branches b
         set b.phone = '11900000004'
       where b.client_code = crm_test_fixture.co_client_code;
      r_event := crm_test_fixture.claim_one;
      ut.expect(r_event.record_key).to_equal(co_key);
      crm_bridge_api.lift_forgetting(
         in_record_key => co_key,
         in_by         => 'ana@desk',
         in_reason     => 'once more',
         out_lifted    => l_lifted
      );
      ut.expect(l_lifted).to_equal(0);
   end lifted;
end crm_test_erasure;
/
