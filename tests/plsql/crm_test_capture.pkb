create or replace package body crm_test_capture
is
   co_client constant pls_integer := crm_test_fixture.co_client_code;

   procedure quiet
   is
   begin
      crm_test_fixture.quiet;
   end quiet;

   procedure break_capture
   is
   begin
      sys.dbms_session.set_identifier('crm_test_break');
   end break_capture;

   procedure mend_capture
   is
   begin
      sys.dbms_session.clear_identifier;
   end mend_capture;

   procedure clean_up
   is
   begin
      mend_capture;
      crm_origin.end_apply;
      crm_test_fixture.delete_gaps;
   end clean_up;

   function ready_count(in_record_key in varchar2) return pls_integer
   is
   begin
      return crm_test_fixture.event_count(in_record_key => in_record_key, in_status => 'READY');
   end ready_count;

   procedure change_phone(
      in_phone       in varchar2,
      in_branch_code in pls_integer default null
   )
   is
   begin
      update erp.branches b
         set b.phone = in_phone
       where b.client_code = co_client
         and b.code = coalesce(in_branch_code, b.code);
   end change_phone;

   procedure insert_branch(
      in_branch_code in pls_integer,
      in_integrate   in varchar2
   )
   is
   begin
      insert into erp.branches (client_code, code, taxid, integrate_crm)
      values (co_client, in_branch_code, '99' || lpad(in_branch_code, 12, '0'), in_integrate);
   end insert_branch;

   procedure insert_is_captured
   is
      co_other constant crm_records.record_key%type := crm_test_fixture.new_branch(in_branch_code => 1);
   begin
      insert_branch(in_branch_code => 7, in_integrate => 'S');
      ut.expect(ready_count(co_client || '-7')).to_equal(1);
      ut.expect(ready_count(co_other)).to_equal(0);
   end insert_is_captured;

   procedure insert_without_integration
   is
      co_other constant crm_records.record_key%type := crm_test_fixture.new_branch(in_branch_code => 1);
   begin
      insert_branch(in_branch_code => 7, in_integrate => 'N');
      ut.expect(ready_count(co_client || '-7')).to_equal(0);
      ut.expect(ready_count(co_other)).to_equal(0);
   end insert_without_integration;

   procedure update_is_captured
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_branch;
   begin
      change_phone(in_phone => '11900000001');
      ut.expect(ready_count(co_key)).to_equal(1);
   end update_is_captured;

   procedure same_values
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_branch;
   begin
      change_phone(in_phone => '1133334444');
      ut.expect(ready_count(co_key)).to_equal(0);
   end same_values;

   procedure irrelevant_column
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_branch;
   begin
      update erp.branches b
         set b.updated_on = sysdate,
             b.id_crm     = 990000777
       where b.client_code = co_client;
      ut.expect(ready_count(co_key)).to_equal(0);
   end irrelevant_column;

   procedure value_to_null
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_branch;
   begin
      change_phone(in_phone => null);
      ut.expect(ready_count(co_key)).to_equal(1);
   end value_to_null;

   procedure null_to_value
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_branch;
   begin
      update erp.branches b
         set b.address_complement = 'Sala 3'
       where b.client_code = co_client;
      ut.expect(ready_count(co_key)).to_equal(1);
   end null_to_value;

   procedure null_to_null
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_branch;
   begin
      update erp.branches b
         set b.address_complement = null
       where b.client_code = co_client;
      ut.expect(ready_count(co_key)).to_equal(0);
   end null_to_null;

   procedure delete_is_captured
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_branch;
   begin
      delete from erp.credit_limit_history h
       where h.client_code = co_client;
      crm_test_fixture.forget_events;
      delete from erp.branches b
       where b.client_code = co_client;
      ut.expect(ready_count(co_key)).to_equal(1);
   end delete_is_captured;

   procedure integration_flag
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_branch;
   begin
      update erp.branches b
         set b.integrate_crm = 'N'
       where b.client_code = co_client;
      ut.expect(ready_count(co_key)).to_equal(1);
      change_phone(in_phone => '11900000001');
      ut.expect(ready_count(co_key)).to_equal(1);
      update erp.branches b
         set b.integrate_crm = 'S'
       where b.client_code = co_client;
      ut.expect(ready_count(co_key)).to_equal(2);
   end integration_flag;

   procedure many_rows
   is
      l_records pls_integer;
      l_key     crm_records.record_key%type;
   begin
      <<branches>>
      for i in 1 .. 25 loop
         l_key := crm_test_fixture.new_branch(in_branch_code => i);
      end loop branches;
      change_phone(in_phone => '11900000001');
      select count(distinct e.record_key)
        into l_records
        from crm_outbox_events e
       where e.record_key like co_client || '-%'
         and e.status = 'READY';
      ut.expect(l_records).to_equal(25);
      ut.expect(ready_count(l_key)).to_equal(1);
   end many_rows;

   procedure merge_is_captured
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_branch(in_branch_code => 1);
   begin
      merge into erp.branches tgt
      using (
               select level as code
                 from dual
              connect by level <= 2
            ) src
         on (tgt.client_code = co_client and tgt.code = src.code)
       when matched then
            update
               set tgt.phone = '11900000001'
       when not matched then
            insert (client_code, code, taxid, integrate_crm)
            values (co_client, src.code, '99' || lpad(src.code, 12, '0'), 'S');
      ut.expect(ready_count(co_key)).to_equal(1);
      ut.expect(ready_count(co_client || '-2')).to_equal(1);
   end merge_is_captured;

   procedure client_name
   is
      co_first  constant crm_records.record_key%type := crm_test_fixture.new_branch(in_branch_code => 1);
      co_second constant crm_records.record_key%type := crm_test_fixture.new_branch(in_branch_code => 2);
      co_out    constant crm_records.record_key%type := crm_test_fixture.new_branch(
         in_branch_code => 3,
         in_integrate   => 'N'
      );
   begin
      update erp.clients c
         set c.name = 'Comercial Teste S.A.'
       where c.code = co_client;
      ut.expect(ready_count(co_first)).to_equal(1);
      ut.expect(ready_count(co_second)).to_equal(1);
      ut.expect(ready_count(co_out)).to_equal(0);
   end client_name;

   procedure decide(in_branch_code in pls_integer)
   is
   begin
      insert into erp.credit_limit_history (client_code, branch_code, credit_limit, financial_analysis)
      values (co_client, in_branch_code, 9000, 'Reprovado');
   end decide;

   procedure credit_decision
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_branch;
   begin
      decide(in_branch_code => 1);
      ut.expect(ready_count(co_key)).to_equal(1);
   end credit_decision;

   procedure credit_decision_outside
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_branch(in_integrate => 'N');
   begin
      decide(in_branch_code => 1);
      ut.expect(ready_count(co_key)).to_equal(0);
   end credit_decision_outside;

   procedure versions_rise
   is
      co_key   constant crm_records.record_key%type := crm_test_fixture.new_branch;
      l_broken pls_integer;
   begin
      change_phone(in_phone => '11900000001');
      change_phone(in_phone => '11900000002');
      change_phone(in_phone => '11900000003');
      select count(*)
        into l_broken
        from (
                select e.version, lag(e.version) over (order by e.event_id) as earlier
                  from crm_outbox_events e
                 where e.record_key = co_key
             ) v
       where v.version <= v.earlier;
      ut.expect(l_broken).to_equal(0);
      ut.expect(ready_count(co_key)).to_equal(3);
   end versions_rise;

   function open_gaps(in_branch_code in pls_integer) return pls_integer
   is
      l_gaps pls_integer;
   begin
      select count(*)
        into l_gaps
        from crm_capture_gaps g
       where g.client_code = co_client
         and decode(g.branch_code, in_branch_code, 0, 1) = 0
         and g.status = 'OPEN';
      return l_gaps;
   end open_gaps;

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

   procedure failure_leaves_gap
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_branch;
   begin
      break_capture;
      change_phone(in_phone => '11900000001');
      mend_capture;
      ut.expect(phone).to_equal('11900000001');
      ut.expect(ready_count(co_key)).to_equal(0);
      ut.expect(open_gaps(in_branch_code => 1)).to_equal(1);
   end failure_leaves_gap;

   procedure client_failure_leaves_gap
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_branch;
   begin
      break_capture;
      update erp.clients c
         set c.name = 'Comercial Teste S.A.'
       where c.code = co_client;
      mend_capture;
      ut.expect(ready_count(co_key)).to_equal(0);
      ut.expect(open_gaps(in_branch_code => 1)).to_equal(1);
   end client_failure_leaves_gap;

   procedure detail_failure_leaves_gap
   is
      co_key    constant crm_records.record_key%type := crm_test_fixture.new_branch;
      l_budget  erp.budgets.id%type;
      l_written pls_integer;
   begin
      break_capture;
      insert into erp.contacts (client_code, branch_code, name)
      values (co_client, 1, 'Ana');
      ut.expect(open_gaps(in_branch_code => 1)).to_equal(1);
      insert into erp.budgets (client_code, branch_code)
      values (co_client, 1)
      returning id into l_budget;
      insert into erp.budget_items (budget_id, item, product_code, description, list_price)
      values (l_budget, 1, 'T1', 'Caixa', 10);
      insert into erp.budget_deliveries (budget_id, item, delivery, deliver_on, min_quantity, approved)
      values (l_budget, 1, 1, sysdate, 1, 'S');
      mend_capture;
      select count(*)
        into l_written
        from erp.budget_deliveries d
       where d.budget_id = l_budget;
      ut.expect(l_written).to_equal(1);
      ut.expect(ready_count(co_key)).to_equal(0);
      ut.expect(open_gaps(in_branch_code => 1)).to_equal(2);
   end detail_failure_leaves_gap;

   procedure gap_is_repaired
   is
      co_key     constant crm_records.record_key%type := crm_test_fixture.new_branch;
      l_repaired pls_integer;
   begin
      break_capture;
      change_phone(in_phone => '11900000001');
      mend_capture;
      crm_reconcile.repair_gaps(
         in_limit     => 1000,
         out_repaired => l_repaired
      );
      ut.expect(l_repaired).to_be_greater_than(0);
      ut.expect(ready_count(co_key)).to_equal(1);
      ut.expect(open_gaps(in_branch_code => 1)).to_equal(0);
   end gap_is_repaired;

   procedure own_changes
   is
      co_own   constant crm_records.record_key%type := crm_test_fixture.new_branch(in_branch_code => 1);
      co_other constant crm_records.record_key%type := crm_test_fixture.new_branch(in_branch_code => 2);
   begin
      crm_origin.begin_apply(in_record_key => co_own);
      change_phone(in_phone => '11900000001');
      ut.expect(ready_count(co_own)).to_equal(0);
      ut.expect(ready_count(co_other)).to_equal(1);
   end own_changes;

   procedure mark_ends
   is
      co_own constant crm_records.record_key%type := crm_test_fixture.new_branch;
   begin
      crm_origin.begin_apply(in_record_key => co_own);
      crm_origin.end_apply;
      change_phone(in_phone => '11900000001');
      ut.expect(ready_count(co_own)).to_equal(1);
   end mark_ends;
end crm_test_capture;
/
