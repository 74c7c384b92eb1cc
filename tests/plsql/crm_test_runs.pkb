create or replace package body crm_test_runs
is
   co_client constant pls_integer := crm_test_fixture.co_client_code;
   co_crm_id constant pls_integer := crm_test_fixture.co_crm_id;

   /** A run of the suite, and what became of its last page. */
   type run_type is record (
      run_id    number,
      token     number,
      position  varchar2(1000 char),
      mark      varchar2(40 char),
      equal     pls_integer,
      busy      pls_integer,
      outside   pls_integer,
      different pls_integer,
      left      pls_integer,
      to_apply  crm_ids_ct
   );

   procedure quiet
   is
   begin
      crm_test_fixture.quiet;
      update crm_sync_runs r
         set r.status      = 'FAILED',
             r.finished_on = systimestamp
       where r.status in ('RUNNING', 'PAUSED');
   end quiet;

   function opened(
      in_kind in varchar2 default 'VALIDATE',
      in_mode in varchar2 default 'NEW'
   ) return run_type
   is
      r_run      run_type;
      l_entity   varchar2(8 char);
      l_contacts varchar2(1 char);
   begin
      crm_bridge_api.open_run(
         in_kind          => in_kind,
         in_entity        => 'ALL',
         in_mode          => in_mode,
         in_by            => 'utplsql',
         out_run_id       => r_run.run_id,
         out_run_token    => r_run.token,
         out_entity       => l_entity,
         out_position     => r_run.position,
         out_has_contacts => l_contacts
      );
      return r_run;
   end opened;

   procedure begin_page(io_run in out run_type)
   is
      l_pause varchar2(1 char);
   begin
      crm_bridge_api.begin_page(
         in_run_id           => io_run.run_id,
         in_run_token        => io_run.token,
         out_mark            => io_run.mark,
         out_is_pause_wanted => l_pause
      );
   end begin_page;

   procedure store(
      io_run    in out run_type,
      in_page   in     clob,
      in_entity in     varchar2 default 'LEADS'
   )
   is
   begin
      crm_runs.store_page(
         in_run_id     => io_run.run_id,
         in_run_token  => io_run.token,
         in_mark       => io_run.mark,
         in_entity     => in_entity,
         in_page       => in_page,
         out_to_apply  => io_run.to_apply,
         out_equal     => io_run.equal,
         out_busy      => io_run.busy,
         out_outside   => io_run.outside,
         out_different => io_run.different,
         out_left      => io_run.left
      );
   end store;

   -- One page in a run of its own.
   function compared(
      in_page   in clob,
      in_kind   in varchar2 default 'VALIDATE',
      in_entity in varchar2 default 'LEADS'
   ) return run_type
   is
      r_run run_type := opened(in_kind => in_kind);
   begin
      begin_page(io_run => r_run);
      store(io_run => r_run, in_page => in_page, in_entity => in_entity);
      return r_run;
   end compared;

   procedure finish(in_run in run_type)
   is
   begin
      crm_bridge_api.end_run(in_run_id => in_run.run_id, in_run_token => in_run.token, in_status => 'DONE');
   end finish;

   -- Nothing has happened to the record for an hour.
   procedure rest(in_record_key in varchar2)
   is
      co_then constant timestamp with time zone := systimestamp - numtodsinterval(1, 'HOUR');
   begin
      update crm_records r
         set r.created_on = co_then,
             r.agreed_on  = case when r.agreed_on is not null then co_then end
       where r.record_key = in_record_key;
      update crm_outbox_events e
         set e.settled_on = co_then
       where e.record_key = in_record_key
         and e.settled_on is not null;
      update crm_inbox_events i
         set i.settled_on = co_then
       where i.crm_id = co_crm_id
         and i.settled_on is not null;
   end rest;

   -- A branch on which both sides agree, whose lead is mirrored, at rest.
   function mirrored_branch return varchar2
   is
      co_key   constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      l_result varchar2(10 char);
   begin
      l_result := crm_test_fixture.apply(in_lead => crm_test_fixture.lead(in_record_key => co_key));
      rest(in_record_key => co_key);
      return co_key;
   end mirrored_branch;

   function page(
      in_record_key in varchar2,
      in_field_name in varchar2 default null,
      in_value      in varchar2 default null,
      in_stage      in varchar2 default crm_test_fixture.co_mirrored,
      in_crm_id     in number   default co_crm_id
   ) return clob
   is
   begin
      return '[' || crm_test_fixture.lead(
         in_record_key => in_record_key,
         in_field_name => in_field_name,
         in_value      => in_value,
         in_stage      => in_stage,
         in_crm_id     => in_crm_id
      ) || ']';
   end page;

   procedure edit_in_erp(in_phone in varchar2)
   is
   begin
      update erp.branches b
         set b.phone = in_phone
       where b.client_code = co_client;
   end edit_in_erp;

   -- The findings of a run as text, so that one look shows all of them.
   function findings(in_run in run_type) return varchar2
   is
      l_text varchar2(1000 char);
   begin
      select listagg(f.kind || ' ' || f.action || ' ' || f.fields || ' ' || f.state, '; ')
                within group (order by f.finding_id)
        into l_text
        from crm_sync_findings f
       where f.run_id = in_run.run_id;
      return l_text;
   end findings;

   function hints(in_event_type in varchar2 default 'LEAD_UPDATED') return pls_integer
   is
      l_hints pls_integer;
   begin
      select count(*)
        into l_hints
        from crm_inbox_events i
       where i.source = 'RECONCILE'
         and i.status = 'READY'
         and i.event_type = in_event_type
         and i.crm_id >= co_crm_id;
      return l_hints;
   end hints;

   function ready(in_record_key in varchar2) return pls_integer
   is
   begin
      return crm_test_fixture.event_count(in_record_key => in_record_key, in_status => 'READY');
   end ready;

   function proof(in_record_key in varchar2) return crm_record_proofs%rowtype
   is
      r_proof crm_record_proofs%rowtype;
   begin
      select p.*
        into r_proof
        from crm_record_proofs p
       where p.record_key = in_record_key;
      return r_proof;
   end proof;

   procedure equal_lead
   is
      co_key constant crm_records.record_key%type := mirrored_branch;
      co_run constant run_type := compared(page(co_key));
   begin
      ut.expect(co_run.equal).to_equal(1);
      ut.expect(findings(co_run)).to_be_null();
      ut.expect(proof(co_key).state).to_equal('EQUAL');
      ut.expect(proof(co_key).proven_on).to_be_not_null();
   end equal_lead;

   procedure changed_in_crm
   is
      co_key constant crm_records.record_key%type := mirrored_branch;
      co_run constant run_type := compared(page(co_key, 'phone', '11988887777'));
   begin
      ut.expect(findings(co_run)).to_equal('DIFFERENT READ ["phone"] OPEN');
      ut.expect(proof(co_key).state).to_equal('DIFFERENT');
      ut.expect(proof(co_key).proven_on).to_be_null();
      ut.expect(hints()).to_equal(0);
      ut.expect(ready(co_key)).to_equal(0);
   end changed_in_crm;

   procedure changed_in_erp
   is
      co_key  constant crm_records.record_key%type := mirrored_branch;
      co_page constant clob := page(co_key);
   begin
      edit_in_erp(in_phone => '11900000001');
      crm_test_fixture.forget_events;
      ut.expect(findings(compared(co_page))).to_equal('DIFFERENT SEND ["phone"] OPEN');
   end changed_in_erp;

   procedure folded_field
   is
      co_key constant crm_records.record_key%type := mirrored_branch;
      co_run constant run_type := compared(page(co_key, 'city', 'SAO TOME'));
   begin
      ut.expect(co_run.equal).to_equal(1);
      ut.expect(findings(co_run)).to_be_null();
   end folded_field;

   procedure resting_field
   is
      co_key constant crm_records.record_key%type := mirrored_branch;
   begin
      insert into crm_conflicts (record_key, field_name)
      values (co_key, 'phone');
      ut.expect(findings(compared(page(co_key, 'phone', '11988887777')))).to_be_null();
   end resting_field;

   procedure mirror_is_stale
   is
      co_key constant crm_records.record_key%type := mirrored_branch;
      co_run constant run_type := compared(page(co_key, in_stage => 'Retenção/Expansão'));
   begin
      ut.expect(findings(co_run)).to_equal('MIRROR READ [] OPEN');
   end mirror_is_stale;

   procedure edited_outside
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      r_run  run_type;
   begin
      rest(in_record_key => co_key);
      r_run := compared(page(co_key, 'phone', '11988887777', in_stage => 'Novos leads'));
      ut.expect(r_run.outside).to_equal(1);
      ut.expect(findings(r_run)).to_be_null();
      ut.expect(proof(co_key).state).to_equal('OUTSIDE');
   end edited_outside;

   procedure extra_lead
   is
      co_key  constant crm_records.record_key%type := mirrored_branch;
      co_page constant clob := page(co_key);
   begin
      update erp.branches b
         set b.integrate_crm = 'N'
       where b.client_code = co_client;
      crm_test_fixture.forget_events;
      ut.expect(findings(compared(co_page))).to_equal('EXTRA_IN_CRM SEND  OPEN');
   end extra_lead;

   procedure unknown_lead
   is
      l_page clob := '[{"crm_id":990000008,"stage":"Ativação","taxid":"99ABC34501DE35","name":"X"},'
                     || '{"crm_id":990000009,"stage":"Novos leads","taxid":"99ABC34501DE36","name":"Y"}]';
      r_run  run_type;
   begin
      r_run := compared(l_page);
      ut.expect(findings(r_run)).to_equal('MISSING_IN_ERP CONVERT  OPEN');
      ut.expect(r_run.outside).to_equal(1);
      r_run := opened(in_kind => 'RESYNC');
      begin_page(io_run => r_run);
      store(io_run => r_run, in_page => l_page);
      ut.expect(hints('LEAD_CONVERTED')).to_equal(1);
      ut.expect(hints()).to_equal(0);
   end unknown_lead;

   procedure double_lead
   is
      co_key   constant crm_records.record_key%type := mirrored_branch;
      co_run   constant run_type := compared(page(co_key, in_stage => 'Novos leads', in_crm_id => 990000009));
      l_looked pls_integer;
   begin
      ut.expect(findings(co_run)).to_equal('DOUBLE PERSON  OPEN');
      -- of the record itself it says nothing
      select count(*)
        into l_looked
        from crm_record_proofs p
       where p.record_key = co_key;
      ut.expect(l_looked).to_equal(0);
   end double_lead;

   procedure unsent_branch
   is
      co_key  constant crm_records.record_key%type := crm_test_fixture.new_branch;
      co_run  constant run_type := opened;
      l_found pls_integer;
      l_kind  varchar2(30 char);
   begin
      crm_bridge_api.look_for_unsent(in_run_id => co_run.run_id, in_run_token => co_run.token, out_found => l_found);
      select f.kind || ' ' || f.action
        into l_kind
        from crm_sync_findings f
       where f.run_id = co_run.run_id
         and f.record_key = co_key;
      ut.expect(l_kind).to_equal('MISSING_IN_CRM SEND');
      ut.expect(l_found).to_be_greater_than(0);
   end unsent_branch;

   procedure change_on_its_way
   is
      co_key  constant crm_records.record_key%type := mirrored_branch;
      co_page constant clob := page(co_key);
   begin
      edit_in_erp(in_phone => '11900000001');
      ut.expect(compared(co_page).busy).to_equal(1);
   end change_on_its_way;

   procedure webhook_on_its_way
   is
      co_key       constant crm_records.record_key%type := mirrored_branch;
      l_inbox_id   number;
      l_duplicate  varchar2(1 char);
   begin
      crm_bridge_api.store_webhook(
         in_source        => 'utplsql',
         in_event_type    => 'LEAD_UPDATED',
         in_dedupe_key    => rawtohex(sys_guid()) || rawtohex(sys_guid()),
         in_crm_id        => co_crm_id,
         in_body          => null,
         out_inbox_id     => l_inbox_id,
         out_is_duplicate => l_duplicate
      );
      ut.expect(compared(page(co_key, 'phone', '11988887777')).busy).to_equal(1);
   end webhook_on_its_way;

   procedure settled_since
   is
      co_key constant crm_records.record_key%type := mirrored_branch;
   begin
      update crm_records r
         set r.agreed_on = systimestamp
       where r.record_key = co_key;
      ut.expect(compared(page(co_key, 'phone', '11988887777')).busy).to_equal(1);
   end settled_since;

   procedure leased_record
   is
      co_key   constant crm_records.record_key%type := mirrored_branch;
      t_leased crm_record_keys_ct;
   begin
      crm_record.lease(
         in_record_keys   => crm_record_keys_ct(co_key),
         in_worker_id     => 'utplsql',
         in_lease_seconds => 60,
         out_record_keys  => t_leased
      );
      ut.expect(compared(page(co_key)).busy).to_equal(1);
   end leased_record;

   function applied(
      in_run  in run_type,
      in_lead in clob
   ) return varchar2
   is
      l_result varchar2(10 char);
   begin
      crm_bridge_api.apply_run_lead(
         in_run_id    => in_run.run_id,
         in_run_token => in_run.token,
         in_mark      => in_run.mark,
         in_lead      => in_lead,
         out_result   => l_result
      );
      return l_result;
   end applied;

   function phone return varchar2
   is
      l_phone erp.branches.phone%type;
   begin
      select b.phone
        into l_phone
        from erp.branches b
       where b.client_code = co_client
         and b.code = 1;
      return l_phone;
   end phone;

   procedure applied_from_page
   is
      co_key  constant crm_records.record_key%type := mirrored_branch;
      co_lead constant clob := crm_test_fixture.lead(co_key, 'phone', '11988887777');
      co_run  constant run_type := compared('[' || co_lead || ']', 'RESYNC');
   begin
      ut.expect(co_run.to_apply.count).to_equal(1);
      ut.expect(findings(co_run)).to_equal('DIFFERENT READ ["phone"] REPAIRED');
      ut.expect(applied(co_run, co_lead)).to_equal('APPLIED');
      ut.expect(phone()).to_equal('11988887777');
      ut.expect(crm_test_fixture.record_of(co_key).lease_owner).to_be_null();
      ut.expect(crm_test_fixture.record_of(co_key).agreed_hash).to_be_not_null();
      ut.expect(hints()).to_equal(0);
      ut.expect(ready(co_key)).to_equal(0);
   end applied_from_page;

   procedure live_change_wins
   is
      co_key  constant crm_records.record_key%type := mirrored_branch;
      co_lead constant clob := crm_test_fixture.lead(co_key, 'phone', '11988887777');
      co_run  constant run_type := compared('[' || co_lead || ']', 'RESYNC');
   begin
      update crm_records r
         set r.agreed_on = systimestamp
       where r.record_key = co_key;
      ut.expect(applied(co_run, co_lead)).to_equal('LEFT');
      ut.expect(phone()).to_equal('1133334444');
      ut.expect(hints()).to_equal(1);
      ut.expect(crm_test_fixture.record_of(co_key).lease_owner).to_be_null();
   end live_change_wins;

   procedure lease_wins
   is
      co_key   constant crm_records.record_key%type := mirrored_branch;
      co_lead  constant clob := crm_test_fixture.lead(co_key, 'phone', '11988887777');
      co_run   constant run_type := compared('[' || co_lead || ']', 'RESYNC');
      t_leased crm_record_keys_ct;
   begin
      crm_record.lease(
         in_record_keys   => crm_record_keys_ct(co_key),
         in_worker_id     => 'utplsql',
         in_lease_seconds => 60,
         out_record_keys  => t_leased
      );
      ut.expect(applied(co_run, co_lead)).to_equal('LEFT');
      ut.expect(phone()).to_equal('1133334444');
      ut.expect(hints()).to_equal(1);
      ut.expect(crm_test_fixture.record_of(co_key).lease_owner).to_equal('utplsql');
   end lease_wins;

   procedure resync_requests
   is
      co_key  constant crm_records.record_key%type := mirrored_branch;
      co_page constant clob := page(co_key);
      r_run   run_type;
   begin
      edit_in_erp(in_phone => '11900000001');
      crm_test_fixture.forget_events;
      r_run := compared(co_page, 'RESYNC');
      ut.expect(r_run.left).to_equal(1);
      ut.expect(r_run.to_apply.count).to_equal(0);
      ut.expect(crm_test_fixture.claim_one().changed_fields).to_equal('["phone"]');
   end resync_requests;

   procedure missing_is_looked_for
   is
      co_key    constant crm_records.record_key%type := mirrored_branch;
      co_run    constant run_type := opened(in_kind => 'RESYNC');
      l_missing pls_integer;
      l_ended   pls_integer;
   begin
      crm_bridge_api.note_missing(
         in_run_id    => co_run.run_id,
         in_run_token => co_run.token,
         in_entity    => 'LEADS',
         in_ids       => '[' || co_crm_id || ']',
         out_missing  => l_missing
      );
      select count(*)
        into l_ended
        from leads l
       where l.id = co_crm_id
         and l.ended_on is not null;
      ut.expect(l_missing).to_equal(1);
      ut.expect(l_ended).to_equal(0);
      ut.expect(hints()).to_equal(1);
      ut.expect(crm_test_fixture.record_of(co_key).crm_id).to_equal(co_crm_id);
      ut.expect(ready(co_key)).to_equal(0);
      ut.expect(proof(co_key).state, 'what was proven before is not proven now').to_equal('DIFFERENT');
   end missing_is_looked_for;

   function unseen(in_run in run_type) return pls_integer
   is
      t_ids  crm_ids_ct;
      l_seen pls_integer;
   begin
      crm_runs.find_unseen(
         in_run_id    => in_run.run_id,
         in_run_token => in_run.token,
         in_entity    => 'LEADS',
         in_after     => 0,
         in_limit     => 100,
         out_ids      => t_ids
      );
      select count(*)
        into l_seen
        from table(t_ids) t
       where t.column_value = co_crm_id;
      return l_seen;
   end unseen;

   procedure unseen_leads
   is
      co_key constant crm_records.record_key%type := mirrored_branch;
      r_run  run_type := opened;
   begin
      begin_page(io_run => r_run);
      ut.expect(unseen(r_run)).to_equal(1);
      store(io_run => r_run, in_page => page(co_key));
      ut.expect(unseen(r_run)).to_equal(0);
   end unseen_leads;

   procedure page_twice
   is
      co_key constant crm_records.record_key%type := mirrored_branch;
      r_run  run_type := compared(
         page(co_key, in_crm_id => 990000009, in_field_name => 'taxid', in_value => '99ABC34501DE35'), 'RESYNC'
      );
   begin
      store(
         io_run  => r_run,
         in_page => page(co_key, in_crm_id => 990000009, in_field_name => 'taxid', in_value => '99ABC34501DE35')
      );
      ut.expect(findings(r_run)).to_equal('MISSING_IN_ERP CONVERT  REPAIRED');
      ut.expect(hints('LEAD_CONVERTED')).to_equal(1);
   end page_twice;

   function repaired(in_run in run_type) return pls_integer
   is
      l_repaired pls_integer;
   begin
      crm_bridge_api.repair_findings(in_run_id => in_run.run_id, in_by => 'ana', out_repaired => l_repaired);
      return l_repaired;
   end repaired;

   procedure repair
   is
      co_key    constant crm_records.record_key%type := mirrored_branch;
      co_page   constant clob := page(co_key);
      co_second constant crm_records.record_key%type := crm_test_fixture.new_synced_branch(2, 990000002);
      r_run     run_type;
   begin
      rest(in_record_key => co_second);
      update erp.branches b
         set b.phone = '11900000001'
       where b.client_code = co_client
         and b.code = 1;
      crm_test_fixture.forget_events;
      r_run := compared(co_page);
      store(io_run => r_run, in_page => page(co_second, 'phone', '11988887777', in_crm_id => 990000002));
      finish(in_run => r_run);
      ut.expect(repaired(r_run)).to_equal(2);
      ut.expect(ready(co_key)).to_equal(1);
      ut.expect(hints()).to_equal(1);
      ut.expect(findings(r_run)).to_equal('DIFFERENT SEND ["phone"] REPAIRED; DIFFERENT READ ["phone"] REPAIRED');
      -- once is enough
      ut.expect(repaired(r_run)).to_equal(0);
   end repair;

   procedure repair_in_pieces
   is
      co_key     constant crm_records.record_key%type := mirrored_branch;
      r_run      run_type := compared(page(co_key, 'phone', '11988887777'));
      l_repaired pls_integer;
   begin
      store(
         io_run  => r_run,
         in_page => page(co_key, in_crm_id => 990000009, in_field_name => 'taxid', in_value => '99ABC34501DE35')
      );
      finish(in_run => r_run);
      ut.expect(findings(r_run)).to_equal('DIFFERENT READ ["phone"] OPEN; MISSING_IN_ERP CONVERT  OPEN');
      crm_bridge_api.repair_findings(
         in_run_id => r_run.run_id, in_by => 'ana', in_limit => 1, out_repaired => l_repaired
      );
      ut.expect(l_repaired).to_equal(1);
      ut.expect(findings(r_run)).to_equal('DIFFERENT READ ["phone"] REPAIRED; MISSING_IN_ERP CONVERT  OPEN');
      ut.expect(repaired(r_run)).to_equal(1);
      ut.expect(findings(r_run)).to_equal('DIFFERENT READ ["phone"] REPAIRED; MISSING_IN_ERP CONVERT  REPAIRED');
   end repair_in_pieces;

   procedure unsent_in_pieces
   is
      co_first  constant crm_records.record_key%type := crm_test_fixture.new_branch;
      co_second constant crm_records.record_key%type := crm_test_fixture.new_branch(in_branch_code => 2);
      l_client  number := to_number(substr(co_first, 1, instr(co_first, '-') - 1));
      t_results crm_comparison.results_type;
   begin
      ut.expect(substr(co_second, 1, instr(co_second, '-') - 1)).to_equal(to_char(l_client));
      crm_comparison.compare_unsent(
         in_after    => l_client - 1,
         in_to       => l_client,
         out_results => t_results
      );
      ut.expect(t_results.count).to_equal(2);
      ut.expect(t_results(1).record_key).to_equal(co_first);
      ut.expect(t_results(2).record_key).to_equal(co_second);
      crm_comparison.compare_unsent(
         in_after    => l_client,
         in_to       => l_client,
         out_results => t_results
      );
      ut.expect(t_results.count).to_equal(0);
   end unsent_in_pieces;

   procedure repair_lost_lead
   is
      co_key    constant crm_records.record_key%type := mirrored_branch;
      co_run    constant run_type := opened;
      l_missing pls_integer;
      r_event   crm_outbox_events%rowtype;
      l_id_crm  erp.branches.id_crm%type;
   begin
      crm_bridge_api.note_missing(
         in_run_id    => co_run.run_id,
         in_run_token => co_run.token,
         in_entity    => 'LEADS',
         in_ids       => '[' || co_crm_id || ']',
         out_missing  => l_missing
      );
      ut.expect(findings(co_run)).to_equal('MISSING_IN_CRM RENEW  OPEN');
      ut.expect(hints()).to_equal(0);
      finish(in_run => co_run);
      ut.expect(repaired(co_run)).to_equal(1);
      select b.id_crm
        into l_id_crm
        from erp.branches b
       where b.client_code = co_client;
      ut.expect(l_id_crm).to_be_null();
      r_event := crm_test_fixture.claim_one;
      ut.expect(r_event.record_key).to_equal(co_key);
      ut.expect(crm_test_fixture.record_of(co_key).crm_id).to_be_null();
   end repair_lost_lead;

   procedure repair_leaves
   is
      co_key   constant crm_records.record_key%type := mirrored_branch;
      r_run    run_type := compared(page(co_key, in_crm_id => 990000009, in_stage => 'Novos leads'));
      t_leased crm_record_keys_ct;
   begin
      store(io_run => r_run, in_page => page(co_key, 'phone', '11988887777'));
      finish(in_run => r_run);
      crm_record.lease(
         in_record_keys   => crm_record_keys_ct(co_key),
         in_worker_id     => 'utplsql',
         in_lease_seconds => 60,
         out_record_keys  => t_leased
      );
      ut.expect(repaired(r_run)).to_equal(0);
      ut.expect(findings(r_run)).to_equal('DOUBLE PERSON  OPEN; DIFFERENT READ ["phone"] OPEN');
   end repair_leaves;

   procedure repair_of_open_run
   is
      l_repaired pls_integer;
   begin
      l_repaired := repaired(opened);
   end repair_of_open_run;

   procedure webhooks_go_first
   is
      co_key     constant crm_records.record_key%type := mirrored_branch;
      co_second  constant crm_records.record_key%type := crm_test_fixture.new_synced_branch(2, 990000002);
      co_run     constant run_type := opened(in_kind => 'RESYNC');
      l_inbox_id number;
      l_is_again varchar2(1 char);
   begin
      crm_bridge_api.leave_run_lead(
         in_run_id => co_run.run_id, in_run_token => co_run.token, in_crm_id => co_crm_id
      );
      crm_bridge_api.store_webhook(
         in_source        => 'utplsql',
         in_event_type    => 'LEAD_UPDATED',
         in_dedupe_key    => rawtohex(sys_guid()) || rawtohex(sys_guid()),
         in_crm_id        => 990000002,
         in_body          => null,
         out_inbox_id     => l_inbox_id,
         out_is_duplicate => l_is_again
      );
      ut.expect(crm_test_fixture.claim_webhook().record_key).to_equal(co_second);
      ut.expect(crm_test_fixture.claim_webhook().record_key).to_equal(co_key);
   end webhooks_go_first;

   procedure second_run
   is
      r_run run_type := opened;
   begin
      r_run := opened;
   end second_run;

   procedure finish_page(in_run in run_type)
   is
   begin
      crm_bridge_api.finish_page(
         in_run_id    => in_run.run_id,
         in_run_token => in_run.token,
         in_position  => '{"after":7}',
         in_read      => 2,
         in_equal     => 1,
         in_busy      => 0,
         in_outside   => 0,
         in_different => 1,
         in_applied   => 1,
         in_left      => 0
      );
   end finish_page;

   procedure resumed_run
   is
      r_first  run_type := opened;
      r_second run_type;
   begin
      finish_page(in_run => r_first);
      r_second := opened(in_mode => 'RESUME');
      ut.expect(r_second.run_id).to_equal(r_first.run_id);
      ut.expect(r_second.token).to_be_greater_than(r_first.token);
      ut.expect(r_second.position).to_equal('{"after":7}');
   end resumed_run;

   procedure lost_run
   is
      r_first  run_type := opened;
      r_second run_type := opened(in_mode => 'RESUME');
   begin
      finish_page(in_run => r_second);
      finish_page(in_run => r_first);
   end lost_run;

   procedure nothing_to_resume
   is
      r_run run_type;
   begin
      r_run := opened(in_mode => 'RESUME');
   end nothing_to_resume;

   function status_of(in_run in run_type) return varchar2
   is
      l_status crm_sync_runs.status%type;
   begin
      select r.status
        into l_status
        from crm_sync_runs r
       where r.run_id = in_run.run_id;
      return l_status;
   end status_of;

   procedure restarted_run
   is
      r_first  run_type := opened;
      r_second run_type := opened(in_mode => 'RESTART');
   begin
      ut.expect(r_second.run_id).not_to_equal(r_first.run_id);
      ut.expect(status_of(r_first)).to_equal('FAILED');
      ut.expect(status_of(r_second)).to_equal('RUNNING');
   end restarted_run;

   procedure paused_run
   is
      r_run   run_type := opened;
      l_asked pls_integer;
      l_pause varchar2(1 char);
   begin
      crm_bridge_api.ask_pause(in_kind => 'VALIDATE', out_asked => l_asked);
      ut.expect(l_asked).to_equal(1);
      crm_bridge_api.begin_page(
         in_run_id           => r_run.run_id,
         in_run_token        => r_run.token,
         out_mark            => r_run.mark,
         out_is_pause_wanted => l_pause
      );
      ut.expect(l_pause).to_equal('S');
      crm_bridge_api.end_run(in_run_id => r_run.run_id, in_run_token => r_run.token, in_status => 'PAUSED');
      ut.expect(status_of(r_run)).to_equal('PAUSED');
      r_run := opened(in_mode => 'RESUME');
      crm_bridge_api.begin_page(
         in_run_id           => r_run.run_id,
         in_run_token        => r_run.token,
         out_mark            => r_run.mark,
         out_is_pause_wanted => l_pause
      );
      ut.expect(l_pause).to_equal('N');
   end paused_run;

   function poll_turn(in_every_seconds in number) return run_type
   is
      r_run run_type;
   begin
      crm_bridge_api.take_poll(
         in_every_seconds => in_every_seconds,
         in_by            => 'utplsql',
         out_run_id       => r_run.run_id,
         out_run_token    => r_run.token,
         out_position     => r_run.position
      );
      return r_run;
   end poll_turn;

   procedure poll_turns
   is
      co_first constant run_type := poll_turn(60);
      r_again  run_type;
   begin
      ut.expect(co_first.run_id).to_be_not_null();
      ut.expect(poll_turn(60).run_id).to_be_null();
      finish_page(in_run => co_first);
      update crm_sync_runs r
         set r.last_progress_on = systimestamp - numtodsinterval(61, 'SECOND')
       where r.run_id = co_first.run_id;
      r_again := poll_turn(60);
      ut.expect(r_again.run_id).to_equal(co_first.run_id);
      ut.expect(r_again.token).to_be_greater_than(co_first.token);
      ut.expect(r_again.position).to_equal('{"after":7}');
   end poll_turns;

   procedure poll_hints
   is
      co_key    constant crm_records.record_key%type := mirrored_branch;
      co_second constant crm_records.record_key%type := crm_test_fixture.new_synced_branch(2, 990000002);
      l_page    clob := page(co_key, 'phone', '11988887777');
      r_run     run_type := poll_turn(60);
   begin
      rest(in_record_key => co_second);
      begin_page(io_run => r_run);
      store(io_run => r_run, in_page => l_page);
      ut.expect(hints()).to_equal(1);
      ut.expect(findings(r_run)).to_be_null();
      update crm_inbox_events i
         set i.status     = 'IGNORED',
             i.settled_on = systimestamp - numtodsinterval(1, 'HOUR')
       where i.crm_id = co_crm_id
         and i.status = 'READY';
      store(io_run => r_run, in_page => l_page);
      ut.expect(hints()).to_equal(0);
      store(io_run => r_run, in_page => page(co_key, 'phone', '11988887776'));
      ut.expect(hints()).to_equal(1);
      -- the ERP has to send: not by polling
      l_page := page(co_second, in_crm_id => 990000002, in_stage => 'Novos leads');
      edit_in_erp(in_phone => '11900000001');
      crm_test_fixture.forget_events;
      store(io_run => r_run, in_page => l_page);
      ut.expect(ready(co_second)).to_equal(0);
   end poll_hints;

   function new_person(
      in_record_key in varchar2,
      in_agreed     in varchar2
   ) return number
   is
      l_contact_id erp.contacts.id%type;
   begin
      select coalesce(max(c.id), 0) + 1
        into l_contact_id
        from erp.contacts c;
      insert into erp.contacts (id, client_code, branch_code, name, email, phone, is_primary)
      values (l_contact_id, co_client, 1, 'Ana', 'ana@example.com', '11911112222', 'S');
      crm_test_fixture.forget_events;
      insert into crm_contact_records (contact_id, record_key, person_id, agreed_image)
      values (l_contact_id, in_record_key, 990000001, in_agreed);
      return l_contact_id;
   end new_person;

   procedure take_persons(in_flag in varchar2)
   is
   begin
      update crm_settings s
         set s.value = in_flag
       where s.name in ('send_steps', 'take_contacts');
   end take_persons;

   function person_page(in_phone in varchar2) return clob
   is
   begin
      return '[{"person_id":990000001,"crm_id":' || co_crm_id || ',"name":"Ana","email":"ana@example.com",'
             || '"phone":"' || in_phone || '","job_title":null,"is_primary":"S"}]';
   end person_page;

   function agreed_person(in_phone in varchar2) return varchar2
   is
   begin
      return '{"name":"Ana","email":"ana@example.com","phone":"' || in_phone
             || '","job_title":null,"is_primary":"S"}';
   end agreed_person;

   -- What waits was handled an hour ago.
   procedure settle_hints
   is
   begin
      update crm_inbox_events i
         set i.status     = 'UNCHANGED',
             i.settled_on = systimestamp - numtodsinterval(1, 'HOUR')
       where i.crm_id = co_crm_id
         and i.status = 'READY';
   end settle_hints;

   procedure poll_persons
   is
      co_key     constant crm_records.record_key%type := mirrored_branch;
      co_contact constant number := new_person(
         in_record_key => co_key,
         in_agreed     => agreed_person(in_phone => '11911112222')
      );
      r_run      run_type := poll_turn(60);
   begin
      ut.expect(co_contact).to_be_not_null();
      take_persons(in_flag => 'S');
      begin_page(io_run => r_run);
      store(io_run => r_run, in_page => person_page(in_phone => '11911112222'), in_entity => 'CONTACTS');
      ut.expect(hints('PERSON_UPDATED')).to_equal(0);
      store(io_run => r_run, in_page => person_page(in_phone => '11911113333'), in_entity => 'CONTACTS');
      ut.expect(hints('PERSON_UPDATED')).to_equal(1);
      ut.expect(findings(r_run)).to_be_null();
      settle_hints;
      store(io_run => r_run, in_page => person_page(in_phone => '11911113333'), in_entity => 'CONTACTS');
      ut.expect(hints('PERSON_UPDATED')).to_equal(0);
      -- the ERP has a change of the same record on its way
      update crm_records r
         set r.doubtful_fields = '["phone"]'
       where r.record_key = co_key;
      store(io_run => r_run, in_page => person_page(in_phone => '11911114444'), in_entity => 'CONTACTS');
      ut.expect(r_run.busy).to_equal(1);
      ut.expect(hints('PERSON_UPDATED')).to_equal(1);
   end poll_persons;

   procedure poll_same_again
   is
      co_key     constant crm_records.record_key%type := mirrored_branch;
      co_contact constant number := new_person(
         in_record_key => co_key,
         in_agreed     => agreed_person(in_phone => '11911112222')
      );
      r_run      run_type := poll_turn(60);
   begin
      take_persons(in_flag => 'S');
      begin_page(io_run => r_run);
      store(io_run => r_run, in_page => person_page(in_phone => '11911113333'), in_entity => 'CONTACTS');
      settle_hints;
      -- it came in, and the ERP has undone it since
      update crm_contact_records k
         set k.agreed_on = systimestamp - numtodsinterval(1, 'HOUR')
       where k.contact_id = co_contact;
      store(io_run => r_run, in_page => person_page(in_phone => '11911113333'), in_entity => 'CONTACTS');
      ut.expect(hints('PERSON_UPDATED')).to_equal(1);
   end poll_same_again;

   procedure poll_persons_off
   is
      co_key     constant crm_records.record_key%type := mirrored_branch;
      co_contact constant number := new_person(
         in_record_key => co_key,
         in_agreed     => agreed_person(in_phone => '11911112222')
      );
      r_run      run_type := poll_turn(60);
   begin
      ut.expect(co_contact).to_be_not_null();
      begin_page(io_run => r_run);
      take_persons(in_flag => 'S');
      update crm_settings s
         set s.value = 'N'
       where s.name = 'take_contacts';
      store(io_run => r_run, in_page => person_page(in_phone => '11911113333'), in_entity => 'CONTACTS');
      ut.expect(r_run.different).to_equal(0);
      ut.expect(hints('PERSON_UPDATED')).to_equal(0);
   end poll_persons_off;

   procedure convergence
   is
      r_before crm_convergence_v%rowtype;
      r_after  crm_convergence_v%rowtype;
      l_key    crm_records.record_key%type;
      r_run    run_type;
   begin
      l_key := mirrored_branch;
      select c.*
        into r_before
        from crm_convergence_v c;
      r_run := compared(page(l_key));
      select c.*
        into r_after
        from crm_convergence_v c;
      ut.expect(r_after.records_expected).to_equal(r_before.records_expected);
      ut.expect(r_after.records_proven).to_equal(r_before.records_proven + 1);
      update crm_record_proofs p
         set p.proven_on = systimestamp - numtodsinterval(25, 'HOUR')
       where p.record_key = l_key;
      select c.*
        into r_after
        from crm_convergence_v c;
      ut.expect(r_after.records_proven).to_equal(r_before.records_proven);
      ut.expect(r_after.oldest_seconds).to_be_greater_than(86400);
   end convergence;

   procedure person_differs
   is
      co_key     constant crm_records.record_key%type := mirrored_branch;
      co_agreed  constant varchar2(400 char) :=
         '{"name":"Ana","email":"ana@example.com","phone":"11911112222","job_title":null,"is_primary":"S"}';
      co_contact constant number := new_person(in_record_key => co_key, in_agreed => co_agreed);
      r_run      run_type;
      l_state    varchar2(9 char);
   begin
      r_run := compared(
         in_page   => '[{"person_id":990000001,"crm_id":' || co_crm_id || ',"name":"Ana","email":"ana@example.com",'
                      || '"phone":"11911113333","job_title":null,"is_primary":"S"}]',
         in_entity => 'CONTACTS'
      );
      ut.expect(findings(r_run)).to_equal('DIFFERENT READ ["phone"] OPEN');
      store(
         io_run    => r_run,
         in_page   => '[{"person_id":990000001,"crm_id":' || co_crm_id || ',"name":"Ana","email":"ana@example.com",'
                      || '"phone":"11911112222","job_title":null,"is_primary":"S"}]',
         in_entity => 'CONTACTS'
      );
      select p.state
        into l_state
        from crm_contact_proofs p
       where p.contact_id = co_contact;
      ut.expect(l_state).to_equal('EQUAL');
   end person_differs;

   procedure unknown_person
   is
      co_key constant crm_records.record_key%type := mirrored_branch;
      co_run constant run_type := compared(
         in_page   => '[{"person_id":990000001,"crm_id":' || co_crm_id || ',"name":"Ana"},'
                      || '{"person_id":990000002,"crm_id":1,"name":"Bia"}]',
         in_entity => 'CONTACTS'
      );
   begin
      ut.expect(co_key).to_be_not_null();
      ut.expect(findings(co_run)).to_equal('MISSING_IN_ERP READ  OPEN');
      ut.expect(co_run.outside).to_equal(1);
   end unknown_person;

   procedure let_go_person
   is
      co_key constant crm_records.record_key%type := mirrored_branch;
      r_run  run_type;
   begin
      insert into crm_let_go_persons (person_id, record_key)
      values (990000001, co_key);
      r_run := compared(
         in_page   => '[{"person_id":990000001,"crm_id":' || co_crm_id || ',"name":"Ana"}]',
         in_entity => 'CONTACTS'
      );
      ut.expect(findings(r_run)).to_be_null();
      ut.expect(r_run.outside).to_equal(1);
   end let_go_person;

   procedure person_that_is_cut
   is
      co_key     constant crm_records.record_key%type := mirrored_branch;
      co_agreed  constant varchar2(400 char) :=
         '{"name":"Ana","email":"ana@example.com","phone":"11911112222","job_title":"' || rpad('Compras', 30, 'x')
         || '","is_primary":"S"}';
      co_contact constant number := new_person(in_record_key => co_key, in_agreed => co_agreed);
      r_run      run_type;
   begin
      update erp.contacts c
         set c.job_title = rpad('Compras', 30, 'x')
       where c.id = co_contact;
      crm_test_fixture.forget_events;
      r_run := compared(
         in_page   => '[{"person_id":990000001,"crm_id":' || co_crm_id || ',"name":"Ana","email":"ANA@example.com",'
                      || '"phone":"11911112222","job_title":"' || rpad('Compras', 45, 'x') || '","is_primary":"S"}]',
         in_entity => 'CONTACTS'
      );
      ut.expect(findings(r_run)).to_be_null();
      ut.expect(r_run.equal).to_equal(1);
   end person_that_is_cut;

   procedure persons_of_a_lost_lead
   is
      co_key     constant crm_records.record_key%type := mirrored_branch;
      co_contact constant number := new_person(in_record_key => co_key, in_agreed => '{"name":"Ana"}');
      r_run      run_type := opened;
      l_missing  pls_integer;
   begin
      ut.expect(co_contact).to_be_not_null();
      crm_bridge_api.note_missing(
         in_run_id => r_run.run_id, in_run_token => r_run.token, in_entity => 'LEADS',
         in_ids => '[' || co_crm_id || ']',
         out_missing => l_missing
      );
      ut.expect(l_missing).to_equal(1);
      store(
         io_run    => r_run,
         in_page   => '[{"person_id":990000001,"crm_id":' || co_crm_id || ',"name":"Bia"}]',
         in_entity => 'CONTACTS'
      );
      crm_bridge_api.note_missing(
         in_run_id => r_run.run_id, in_run_token => r_run.token, in_entity => 'CONTACTS', in_ids => '[990000001]',
         out_missing => l_missing
      );
      ut.expect(l_missing).to_equal(0);
      ut.expect(findings(r_run)).to_equal('MISSING_IN_CRM RENEW  OPEN');
   end persons_of_a_lost_lead;

   procedure persons_of_a_branch_that_left
   is
      co_key     constant crm_records.record_key%type := mirrored_branch;
      co_contact constant number := new_person(in_record_key => co_key, in_agreed => '{"name":"Ana"}');
      r_run      run_type;
      l_missing  pls_integer;
   begin
      ut.expect(co_contact).to_be_not_null();
      update erp.branches b
         set b.integrate_crm = 'N'
       where b.client_code = co_client;
      crm_test_fixture.forget_events;
      r_run := compared(
         in_page   => '[{"person_id":990000001,"crm_id":' || co_crm_id || ',"name":"Ana"}]',
         in_entity => 'CONTACTS'
      );
      crm_bridge_api.note_missing(
         in_run_id => r_run.run_id, in_run_token => r_run.token, in_entity => 'CONTACTS', in_ids => '[990000001]',
         out_missing => l_missing
      );
      ut.expect(findings(r_run)).to_be_null();
      ut.expect(r_run.outside).to_equal(1);
      ut.expect(l_missing).to_equal(0);
   end persons_of_a_branch_that_left;

   procedure client_code_is_sent
   is
      co_key  constant crm_records.record_key%type := mirrored_branch;
      co_lead constant clob := crm_test_fixture.lead(co_key, 'client_code', null);
   begin
      ut.expect(applied(compared('[' || co_lead || ']', 'RESYNC'), co_lead)).to_equal('APPLIED');
      ut.expect(crm_test_fixture.claim_one().changed_fields).to_equal('["client_code"]');
      ut.expect(crm_test_fixture.record_of(co_key).crm_id).to_equal(co_crm_id);
   end client_code_is_sent;

   procedure no_leads
   is
      r_run run_type;
   begin
      r_run := compared('[{"stage":"Ativação"}]');
   end no_leads;
end crm_test_runs;
/
