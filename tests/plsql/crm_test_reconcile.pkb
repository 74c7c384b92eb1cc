create or replace package body crm_test_reconcile
is
   procedure quiet
   is
   begin
      crm_test_fixture.quiet;
   end quiet;

   function new_run return number
   is
      l_run_id number;
   begin
      crm_bridge_api.start_diff_run(in_engine => 'utplsql', out_run_id => l_run_id);
      return l_run_id;
   end new_run;

   procedure report(
      in_run_id     in number,
      in_record_key in varchar2,
      in_kind       in varchar2
   )
   is
   begin
      crm_bridge_api.record_differences(
         in_run_id      => in_run_id,
         in_differences => '[{"record_key":"' || in_record_key || '","kind":"' || in_kind || '","erp_hash":null}]'
      );
   end report;

   procedure finish(
      in_run_id in number,
      in_status in varchar2 default 'DONE'
   )
   is
   begin
      crm_bridge_api.finish_diff_run(
         in_run_id        => in_run_id,
         in_status        => in_status,
         in_rows_compared => 1
      );
   end finish;

   function repaired(
      in_record_key in varchar2,
      in_kind       in varchar2
   ) return pls_integer
   is
      co_run_id   constant number := new_run;
      l_requested pls_integer;
   begin
      report(in_run_id => co_run_id, in_record_key => in_record_key, in_kind => in_kind);
      finish(in_run_id => co_run_id);
      crm_bridge_api.repair_differences(in_run_id => co_run_id, out_requested => l_requested);
      return l_requested;
   end repaired;

   procedure standing_difference
   is
      co_key  constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      r_event crm_outbox_events%rowtype;
   begin
      update erp.branches b
         set b.phone = '11900000001'
       where b.client_code = crm_test_fixture.co_client_code;
      crm_test_fixture.forget_events;
      ut.expect(repaired(co_key, 'CHANGED')).to_equal(1);
      r_event := crm_test_fixture.claim_one;
      ut.expect(r_event.record_key).to_equal(co_key);
      ut.expect(r_event.origin).to_equal('DIFF');
      ut.expect(r_event.changed_fields).to_equal('["phone"]');
   end standing_difference;

   procedure gone_difference
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
   begin
      ut.expect(repaired(co_key, 'CHANGED')).to_equal(0);
      ut.expect(crm_test_fixture.event_count(in_record_key => co_key, in_status => 'READY')).to_equal(0);
   end gone_difference;

   procedure difference_on_its_way
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
   begin
      update erp.branches b
         set b.phone = '11900000001'
       where b.client_code = crm_test_fixture.co_client_code;
      ut.expect(repaired(co_key, 'CHANGED')).to_equal(0);
      ut.expect(crm_test_fixture.event_count(in_record_key => co_key, in_status => 'READY')).to_equal(1);
   end difference_on_its_way;

   procedure extra_record
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
   begin
      update erp.branches b
         set b.integrate_crm = 'N'
       where b.client_code = crm_test_fixture.co_client_code;
      crm_test_fixture.forget_events;
      ut.expect(repaired(co_key, 'EXTRA')).to_equal(1);
      ut.expect(crm_test_fixture.claim_one().operation).to_equal('REMOVE');
   end extra_record;

   procedure stored_once
   is
      co_run_id constant number := new_run;
      l_stored  pls_integer;
   begin
      report(in_run_id => co_run_id, in_record_key => '99000001-1', in_kind => 'CHANGED');
      report(in_run_id => co_run_id, in_record_key => '99000001-1', in_kind => 'CHANGED');
      select count(*)
        into l_stored
        from crm_differences d
       where d.run_id = co_run_id;
      ut.expect(l_stored).to_equal(1);
   end stored_once;

   procedure closed_run
   is
      co_run_id constant number := new_run;
   begin
      finish(in_run_id => co_run_id);
      report(in_run_id => co_run_id, in_record_key => '99000001-1', in_kind => 'CHANGED');
   end closed_run;

   procedure unknown_run
   is
   begin
      finish(in_run_id => -1);
   end unknown_run;

   procedure unknown_end
   is
   begin
      finish(in_run_id => new_run, in_status => 'PERHAPS');
   end unknown_end;

   procedure missing_crm_id
   is
      co_key   constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      l_crm_id erp.branches.id_crm%type;
      l_found  pls_integer;
      l_stored pls_integer;
   begin
      update erp.branches b
         set b.id_crm = null
       where b.client_code = crm_test_fixture.co_client_code;
      crm_reconcile.find_missing_ids(out_found => l_found);
      ut.expect(l_found).to_be_greater_than(0);
      crm_reconcile.store_crm_ids(out_stored => l_stored);
      select b.id_crm
        into l_crm_id
        from erp.branches b
       where b.client_code = crm_test_fixture.co_client_code;
      ut.expect(l_crm_id).to_equal(crm_test_fixture.record_of(co_key).crm_id);
      ut.expect(l_stored).to_be_greater_than(0);
   end missing_crm_id;
end crm_test_reconcile;
/
