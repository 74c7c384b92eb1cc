create or replace package body crm_test_values
is
   co_client constant pls_integer := crm_test_fixture.co_client_code;

   procedure quiet
   is
   begin
      crm_test_fixture.quiet;
      update crm_settings s
         set s.value = '10001'
       where s.name in ('budget_product_id', 'sale_product_id');
   end quiet;

   procedure add_delivery(
      in_budget_id in number,
      in_delivery  in number   default 1,
      in_on        in date     default trunc(sysdate) + 10,
      in_quantity  in number   default 2000,
      in_approved  in varchar2 default 'S'
   )
   is
   begin
      insert into erp.budget_deliveries (
         budget_id, item, delivery, deliver_on, min_quantity, max_quantity, approved
      ) values (
         in_budget_id, 1, in_delivery, in_on, in_quantity, in_quantity * 2, in_approved
      );
   end add_delivery;

   -- A quotation with one item and, unless in_on is null, one delivery.
   function new_budget(
      in_on         in date     default trunc(sysdate) + 10,
      in_negotiated in number   default 150.5,
      in_list       in number   default 200,
      in_approved   in varchar2 default 'S',
      in_status     in varchar2 default 'A'
   ) return number
   is
      l_id erp.budgets.id%type;
   begin
      insert into erp.budgets (client_code, branch_code, status)
      values (co_client, 1, in_status)
      returning id into l_id;
      insert into erp.budget_items (budget_id, item, product_code, description, list_price, negotiated_price)
      values (l_id, 1, 'T1', 'Caixa', in_list, in_negotiated);
      if in_on is not null then
         add_delivery(in_budget_id => l_id, in_on => in_on, in_approved => in_approved);
      end if;
      return l_id;
   end new_budget;

   function new_order(
      in_on     in date     default trunc(sysdate) + 10,
      in_status in varchar2 default 'O'
   ) return number
   is
      l_id erp.sales_orders.id%type;
   begin
      insert into erp.sales_orders (client_code, branch_code, status)
      values (co_client, 1, in_status)
      returning id into l_id;
      insert into erp.sales_order_items (order_id, item, product_code, description, list_price, negotiated_price)
      values (l_id, 1, 'T1', 'Caixa', 200, 0);
      insert into erp.sales_order_deliveries (order_id, item, delivery, deliver_on, quantity)
      values (l_id, 1, 1, in_on, 3000);
      return l_id;
   end new_order;

   function budget_value return number
   is
   begin
      return pkg_crm_client.get_budget_value(in_client_code => co_client, in_branch_code => 1);
   end budget_value;

   function order_value_of return number
   is
   begin
      return pkg_crm_client.get_order_value(in_client_code => co_client, in_branch_code => 1);
   end order_value_of;

   function step(in_event in crm_outbox_events%rowtype) return json_object_t
   is
   begin
      return treat(json_array_t.parse(in_event.steps).get(0) as json_object_t);
   end step;

   procedure settle(
      in_event   in crm_outbox_events%rowtype,
      in_step    in varchar2,
      in_is_done in varchar2 default 'true',
      in_outcome in varchar2 default 'DELIVERED'
   )
   is
   begin
      crm_bridge_api.settle_change(
         in_event_id    => in_event.event_id,
         in_fence_token => in_event.fence_token,
         in_outcome     => in_outcome,
         in_steps       => '[{"step":"' || in_step || '","done":' || in_is_done || '}]'
      );
   end settle;

   function ready(in_record_key in varchar2) return pls_integer
   is
   begin
      return crm_test_fixture.event_count(in_record_key => in_record_key, in_status => 'READY');
   end ready;

   procedure negotiated_price
   is
      co_key    constant crm_records.record_key%type := crm_test_fixture.new_branch;
      co_budget constant number := new_budget;
   begin
      ut.expect(co_key || co_budget).to_be_not_null();
      ut.expect(budget_value).to_equal(301);
      ut.expect(pkg_crm_client.has_budget(in_client_code => co_client, in_branch_code => 1)).to_equal('S');
   end negotiated_price;

   procedure list_price
   is
      co_key    constant crm_records.record_key%type := crm_test_fixture.new_branch;
      co_budget constant number := new_budget(in_negotiated => null);
   begin
      ut.expect(co_key).to_be_not_null();
      ut.expect(budget_value).to_equal(400);
      update erp.budget_items i
         set i.negotiated_price = 0
       where i.budget_id = co_budget;
      ut.expect(budget_value).to_equal(400);
   end list_price;

   procedure only_approved
   is
      co_key      constant crm_records.record_key%type := crm_test_fixture.new_branch;
      co_budget   constant number := new_budget;
      co_rejected constant number := new_budget(in_status => 'R');
   begin
      ut.expect(co_key || co_rejected).to_be_not_null();
      add_delivery(in_budget_id => co_budget, in_delivery => 2, in_approved => 'N');
      ut.expect(budget_value).to_equal(301);
   end only_approved;

   procedure whole_days
   is
      co_key    constant crm_records.record_key%type := crm_test_fixture.new_branch;
      co_budget constant number := new_budget(in_on => null);
   begin
      ut.expect(co_key).to_be_not_null();
      add_delivery(in_budget_id => co_budget, in_delivery => 1, in_on => trunc(sysdate) - 1 / 86400);
      ut.expect(budget_value).to_be_null();
      add_delivery(in_budget_id => co_budget, in_delivery => 2, in_on => trunc(sysdate));
      ut.expect(budget_value).to_equal(301);
      add_delivery(in_budget_id => co_budget, in_delivery => 3, in_on => trunc(sysdate) + 365 + 0.9);
      ut.expect(budget_value).to_equal(602);
      add_delivery(in_budget_id => co_budget, in_delivery => 4, in_on => trunc(sysdate) + 366);
      ut.expect(budget_value).to_equal(602);
   end whole_days;

   procedure no_value
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_branch;
   begin
      ut.expect(co_key).to_be_not_null();
      ut.expect(budget_value).to_be_null();
      ut.expect(order_value_of).to_be_null();
      ut.expect(pkg_crm_client.has_budget(in_client_code => co_client, in_branch_code => 1)).to_equal('N');
      ut.expect(pkg_crm_client.has_order(in_client_code => co_client, in_branch_code => 1)).to_equal('N');
   end no_value;

   procedure order_value
   is
      co_key       constant crm_records.record_key%type := crm_test_fixture.new_branch;
      co_order     constant number := new_order;
      co_cancelled constant number := new_order(in_status => 'C');
   begin
      ut.expect(co_key || co_order || co_cancelled).to_be_not_null();
      ut.expect(order_value_of).to_equal(600);
      ut.expect(pkg_crm_client.has_order(in_client_code => co_client, in_branch_code => 1)).to_equal('S');
   end order_value;

   procedure functions_agree_with_view
   is
      co_key       constant crm_records.record_key%type := crm_test_fixture.new_branch;
      co_budget    constant number := new_budget;
      co_order     constant number := new_order;
      l_different  pls_integer := 0;
      l_branches   pls_integer := 0;
   begin
      ut.expect(co_key || co_budget || co_order).to_be_not_null();
      <<branches>>
      for r_branch in (
         select b.client_code, b.code, v.budget_value, v.order_value
           from erp.branches b
           left join crm_record_values_v v
             on v.client_code = b.client_code
            and v.branch_code = b.code
      ) loop
         l_branches := l_branches + 1;
         if coalesce(r_branch.budget_value, -1) <> coalesce(
               pkg_crm_client.get_budget_value(in_client_code => r_branch.client_code, in_branch_code => r_branch.code),
               -1
            )
            or coalesce(r_branch.order_value, -1) <> coalesce(
               pkg_crm_client.get_order_value(in_client_code => r_branch.client_code, in_branch_code => r_branch.code),
               -1
            )
         then
            l_different := l_different + 1;
         end if;
      end loop branches;
      ut.expect(l_branches).to_be_greater_than(1);
      ut.expect(l_different).to_equal(0);
   end functions_agree_with_view;

   procedure from_a_day
   is
      co_key    constant crm_records.record_key%type := crm_test_fixture.new_branch;
      co_budget constant number := new_budget(in_on => trunc(sysdate) + 10);
   begin
      ut.expect(co_key || co_budget).to_be_not_null();
      ut.expect(
         pkg_crm_client.get_budget_value(
            in_client_code => co_client,
            in_branch_code => 1,
            in_from        => sysdate + 11
         )
      ).to_be_null();
      ut.expect(
         pkg_crm_client.get_budget_value(
            in_client_code => co_client,
            in_branch_code => 1,
            in_from        => trunc(sysdate) + 10.9
         )
      ).to_equal(301);
   end from_a_day;

   procedure budget_step
   is
      co_key    constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      co_budget constant number := new_budget;
      r_event   crm_outbox_events%rowtype;
      l_shown   pls_integer;
   begin
      ut.expect(co_budget).to_be_not_null();
      r_event := crm_test_fixture.claim_one;
      ut.expect(r_event.record_key).to_equal(co_key);
      ut.expect(r_event.changed_fields).to_equal('[]');
      ut.expect(crm_fields.text_of(step(r_event), 'step')).to_equal('budget');
      ut.expect(crm_fields.text_of(step(r_event), 'value')).to_equal('301.00');
      ut.expect(step(r_event).get_boolean('in_doubt')).to_be_false();
      ut.expect(step(r_event).get_boolean('is_sold')).to_be_false();
      ut.expect(crm_fields.text_of(step(r_event), 'agreed')).to_be_null();
      settle(in_event => r_event, in_step => 'budget');
      ut.expect(crm_test_fixture.record_of(co_key).agreed_budget).to_equal(301);
      select count(*)
        into l_shown
        from view_leads_budgeted v
       where v.record_key = co_key;
      ut.expect(l_shown).to_equal(0);
      update erp.budget_items i
         set i.negotiated_price = 300
       where i.budget_id = co_budget;
      r_event := crm_test_fixture.claim_one;
      ut.expect(crm_fields.text_of(step(r_event), 'value')).to_equal('600.00');
      ut.expect(crm_fields.text_of(step(r_event), 'agreed')).to_equal('301.00');
   end budget_step;

   -- The claim with which the new branch becomes a lead.
   function first_claim return crm_outbox_events%rowtype
   is
   begin
      update erp.branches b
         set b.phone = '11900000009'
       where b.client_code = co_client;
      return crm_test_fixture.claim_one;
   end first_claim;

   procedure empty_proposal
   is
      co_key   constant crm_records.record_key%type := crm_test_fixture.new_branch;
      r_event  crm_outbox_events%rowtype := first_claim;
      l_budget number;
   begin
      ut.expect(crm_test_fixture.record_of(co_key).is_proposal_empty).to_equal('N');
      crm_bridge_api.settle_change(
         in_event_id    => r_event.event_id,
         in_fence_token => r_event.fence_token,
         in_outcome     => 'DELIVERED',
         in_crm_id      => crm_test_fixture.co_crm_id,
         in_steps       => '[{"step":"lead","done":true,"is_new":true}]'
      );
      ut.expect(crm_test_fixture.record_of(co_key).is_proposal_empty).to_equal('S');
      l_budget := new_budget;
      r_event  := crm_test_fixture.claim_one;
      ut.expect(step(r_event).get_boolean('is_empty')).to_be_true();
      settle(in_event => r_event, in_step => 'budget');
      ut.expect(crm_test_fixture.record_of(co_key).is_proposal_empty).to_equal('N');
      update erp.budgets b
         set b.status = 'R'
       where b.id = l_budget;
      settle(in_event => crm_test_fixture.claim_one, in_step => 'budget');
      ut.expect(crm_test_fixture.record_of(co_key).is_proposal_empty).to_equal('S');
   end empty_proposal;

   procedure found_is_not_empty
   is
      co_key  constant crm_records.record_key%type := crm_test_fixture.new_branch;
      r_event crm_outbox_events%rowtype := first_claim;
   begin
      crm_test_fixture.settle(
         in_event   => r_event,
         in_outcome => 'DELIVERED',
         in_crm_id  => crm_test_fixture.co_crm_id
      );
      ut.expect(crm_test_fixture.record_of(co_key).is_proposal_empty).to_equal('N');
   end found_is_not_empty;

   procedure touched_is_not_empty
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
   begin
      update crm_records r
         set r.is_proposal_empty = 'S'
       where r.record_key = co_key;
      crm_steps.forget_proposals(in_inbox_ids => crm_ids_ct(crm_test_fixture.new_webhook().inbox_id));
      ut.expect(crm_test_fixture.record_of(co_key).is_proposal_empty).to_equal('N');
   end touched_is_not_empty;

   procedure sold_gets_no_budget
   is
      co_key     constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      co_budget  constant number := new_budget;
      l_stage    crm_stages.name%type;
      l_appended pls_integer;
   begin
      settle(in_event => crm_test_fixture.claim_one, in_step => 'budget');
      select min(s.name)
        into l_stage
        from crm_stages s
       where s.is_sold = 'S';
      update crm_records r
         set r.agreed_stage = l_stage
       where r.record_key = co_key;
      update erp.budget_items i
         set i.negotiated_price = 300
       where i.budget_id = co_budget;
      ut.expect(crm_test_fixture.claim_one().event_id).to_be_null();
      ut.expect(crm_test_fixture.record_of(co_key).agreed_budget).to_equal(301);
      crm_values.capture_changed(out_appended => l_appended);
      ut.expect(l_appended).to_equal(0);
      -- a user undoes the sale
      update crm_records r
         set r.agreed_stage = null
       where r.record_key = co_key;
      crm_values.capture_changed(out_appended => l_appended);
      ut.expect(l_appended).to_equal(1);
      ut.expect(crm_fields.text_of(step(crm_test_fixture.claim_one), 'value')).to_equal('600.00');
   end sold_gets_no_budget;

   procedure no_product
   is
      co_key    constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      co_budget constant number := new_budget;
      co_order  constant number := new_order;
      l_metrics pls_integer;
   begin
      ut.expect(co_budget || co_order).to_be_not_null();
      update crm_settings s
         set s.value = case s.name when 'budget_product_id' then 'ten' end
       where s.name in ('budget_product_id', 'sale_product_id');
      ut.expect(crm_test_fixture.claim_one().event_id).to_be_null();
      ut.expect(crm_test_fixture.event_count(in_record_key => co_key, in_status => 'PARKED')).to_equal(0);
      select count(*)
        into l_metrics
        from crm_status_v v
       where v.metric in ('budget_product_missing', 'sale_product_missing')
         and v.value = 1;
      ut.expect(l_metrics).to_equal(2);
   end no_product;

   procedure product_at_last
   is
      co_key      constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      co_budget   constant number := new_budget;
      l_appended  pls_integer;
   begin
      ut.expect(co_budget).to_be_not_null();
      update crm_settings s
         set s.value = null
       where s.name = 'budget_product_id';
      ut.expect(crm_test_fixture.claim_one().event_id).to_be_null();
      update crm_settings s
         set s.value = '10001'
       where s.name = 'budget_product_id';
      crm_values.capture_changed(out_appended => l_appended);
      ut.expect(l_appended).to_be_greater_or_equal(1);
      ut.expect(crm_fields.text_of(step(crm_test_fixture.claim_one), 'value')).to_equal('301.00');
      ut.expect(crm_test_fixture.event_count(in_record_key => co_key, in_status => 'INFLIGHT')).to_equal(1);
   end product_at_last;

   procedure mirror_is_quiet
   is
      co_key      constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      co_budget   number;
      l_value     leads.budget_value%type;
      l_decisions pls_integer;
   begin
      -- in the mirror, and not sold
      ut.expect(
         crm_test_fixture.apply(
            in_lead => crm_test_fixture.lead(in_record_key => co_key, in_stage => 'Desenvolvimento/Orçamento')
         )
      ).to_be_not_null();
      co_budget := new_budget;
      settle(in_event => crm_test_fixture.claim_one, in_step => 'budget');
      select l.budget_value
        into l_value
        from leads l
       where l.id = crm_test_fixture.co_crm_id;
      select count(*)
        into l_decisions
        from erp.credit_limit_history h
       where h.client_code = co_client;
      ut.expect(co_budget).to_be_not_null();
      ut.expect(l_value).to_equal(301);
      ut.expect(l_decisions).to_equal(1);
      ut.expect(ready(co_key)).to_equal(0);
   end mirror_is_quiet;

   procedure budget_removed
   is
      co_key    constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      co_budget constant number := new_budget;
      r_event   crm_outbox_events%rowtype;
   begin
      settle(in_event => crm_test_fixture.claim_one, in_step => 'budget');
      update erp.budgets b
         set b.status = 'R'
       where b.id = co_budget;
      r_event := crm_test_fixture.claim_one;
      ut.expect(r_event.record_key).to_equal(co_key);
      ut.expect(crm_fields.text_of(step(r_event), 'step')).to_equal('budget');
      ut.expect(step(r_event).get('value').is_null).to_be_true();
      settle(in_event => r_event, in_step => 'budget');
      ut.expect(crm_test_fixture.record_of(co_key).agreed_budget).to_be_null();
   end budget_removed;

   procedure interrupted_replacement
   is
      co_key    constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      co_budget constant number := new_budget;
      r_event   crm_outbox_events%rowtype;
   begin
      settle(in_event => crm_test_fixture.claim_one, in_step => 'budget');
      add_delivery(in_budget_id => co_budget, in_delivery => 2);
      -- removed at the CRM, not added yet; then the ERP goes back to what was agreed
      settle(
         in_event   => crm_test_fixture.claim_one,
         in_step    => 'budget',
         in_is_done => 'false',
         in_outcome => 'RETRY'
      );
      delete from erp.budget_deliveries d
       where d.budget_id = co_budget
         and d.delivery = 2;
      r_event := crm_test_fixture.claim_one;
      ut.expect(r_event.record_key).to_equal(co_key);
      ut.expect(crm_fields.text_of(step(r_event), 'value')).to_equal('301.00');
      ut.expect(step(r_event).get_boolean('in_doubt')).to_be_true();
      settle(in_event => r_event, in_step => 'budget');
      ut.expect(crm_test_fixture.record_of(co_key).is_budget_in_doubt).to_equal('N');
   end interrupted_replacement;

   procedure lost_replacement
   is
      co_key    constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      co_budget constant number := new_budget;
      r_event   crm_outbox_events%rowtype;
   begin
      ut.expect(co_budget).to_be_not_null();
      r_event := crm_test_fixture.claim_one;
      update crm_records r
         set r.lease_until = systimestamp - interval '1' second
       where r.record_key = co_key;
      crm_bridge_api.end_expired_leases;
      ut.expect(crm_test_fixture.record_of(co_key).is_budget_in_doubt).to_equal('S');
      ut.expect(crm_test_fixture.record_of(co_key).doubtful_fields).to_be_null();
      ut.expect(step(crm_test_fixture.claim_one).get_boolean('in_doubt')).to_be_true();
   end lost_replacement;

   procedure sold_once
   is
      co_key   constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      co_order constant number := new_order;
      r_event  crm_outbox_events%rowtype;
   begin
      r_event := crm_test_fixture.claim_one;
      ut.expect(crm_fields.text_of(step(r_event), 'step')).to_equal('sale');
      ut.expect(crm_fields.text_of(step(r_event), 'value')).to_equal('600.00');
      settle(in_event => r_event, in_step => 'sale');
      ut.expect(crm_test_fixture.record_of(co_key).agreed_order).to_equal(600);
      update erp.sales_order_deliveries d
         set d.quantity = 9000
       where d.order_id = co_order;
      ut.expect(ready(co_key)).to_equal(1);
      ut.expect(crm_test_fixture.claim_one().event_id).to_be_null();
   end sold_once;

   procedure sale_again
   is
      co_key   constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      co_order constant number := new_order;
   begin
      ut.expect(co_key || co_order).to_be_not_null();
      settle(
         in_event   => crm_test_fixture.claim_one,
         in_step    => 'sale',
         in_is_done => 'false',
         in_outcome => 'IN_DOUBT'
      );
      ut.expect(crm_fields.text_of(step(crm_test_fixture.claim_one), 'step')).to_equal('sale');
   end sale_again;

   procedure sold_in_crm
   is
      co_key   constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      co_order number;
   begin
      update crm_records r
         set r.agreed_stage = 'Retenção/Expansão'
       where r.record_key = co_key;
      co_order := new_order;
      ut.expect(co_order).to_be_not_null();
      ut.expect(crm_test_fixture.claim_one().event_id).to_be_null();
   end sold_in_crm;

   procedure product_ids
   is
      co_key    constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      co_budget constant number := new_budget;
      r_event   crm_outbox_events%rowtype;
   begin
      ut.expect(co_key || co_budget).to_be_not_null();
      update crm_settings s
         set s.value = '4711'
       where s.name = 'budget_product_id';
      r_event := crm_test_fixture.claim_one;
      ut.expect(crm_fields.text_of(step(r_event), 'product_id')).to_equal('4711');
   end product_ids;

   procedure views_name_cnpj
   is
      co_key    constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      co_budget constant number := new_budget;
      co_order  constant number := new_order;
      l_budget  varchar2(14 char);
      l_order   varchar2(14 char);
   begin
      ut.expect(co_budget || co_order).to_be_not_null();
      select b.cnpj, s.cnpj
        into l_budget, l_order
        from view_leads_budgeted b
        join view_leads_sold s
          on s.record_key = b.record_key
       where b.record_key = co_key;
      ut.expect(l_budget).to_equal('99000000000001');
      ut.expect(l_order).to_equal('99000000000001');
   end views_name_cnpj;

   procedure captured
   is
      co_key    constant crm_records.record_key%type := crm_test_fixture.new_branch;
      co_budget constant number := new_budget;
   begin
      ut.expect(ready(co_key)).to_equal(1);
      update erp.budget_items i
         set i.negotiated_price = null
       where i.budget_id = co_budget;
      ut.expect(ready(co_key)).to_equal(2);
      update erp.budget_deliveries d
         set d.deliver_on = d.deliver_on + 1
       where d.budget_id = co_budget;
      ut.expect(ready(co_key)).to_equal(3);
      update erp.budgets b
         set b.status = 'R'
       where b.id = co_budget;
      ut.expect(ready(co_key)).to_equal(4);
      update erp.budget_deliveries d
         set d.approved = 'N'
       where d.budget_id = co_budget;
      ut.expect(ready(co_key)).to_equal(5);
   end captured;

   procedure not_captured
   is
      co_key    constant crm_records.record_key%type := crm_test_fixture.new_branch;
      co_budget constant number := new_budget(in_approved => 'N');
   begin
      update erp.budget_items i
         set i.description = 'Outra'
       where i.budget_id = co_budget;
      update erp.budgets b
         set b.valid_until = sysdate,
             b.status      = b.status
       where b.id = co_budget;
      delete from erp.budget_deliveries d
       where d.budget_id = co_budget;
      ut.expect(ready(co_key)).to_equal(0);
   end not_captured;

   procedure order_captured
   is
      co_key   constant crm_records.record_key%type := crm_test_fixture.new_branch;
      co_order constant number := new_order;
   begin
      ut.expect(ready(co_key)).to_equal(1);
      update erp.sales_order_items i
         set i.list_price = 1
       where i.order_id = co_order;
      ut.expect(ready(co_key)).to_equal(2);
      update erp.sales_orders o
         set o.status = 'C'
       where o.id = co_order;
      ut.expect(ready(co_key)).to_equal(3);
      delete from erp.sales_order_deliveries d
       where d.order_id = co_order;
      ut.expect(ready(co_key)).to_equal(4);
   end order_captured;

   procedure captured_once
   is
      co_key    constant crm_records.record_key%type := crm_test_fixture.new_branch;
      co_budget constant number := new_budget(in_on => null);
      co_second constant number := new_budget(in_on => null);
   begin
      insert into erp.budget_deliveries (budget_id, item, delivery, deliver_on, min_quantity, approved)
      select case when mod(level, 2) = 0 then co_budget else co_second end, 1, level, trunc(sysdate) + 1, 100, 'S'
        from dual
     connect by level <= 50;
      ut.expect(ready(co_key)).to_equal(1);
   end captured_once;

   procedure branch_not_integrated
   is
      co_key    constant crm_records.record_key%type := crm_test_fixture.new_branch(in_integrate => 'N');
      co_budget constant number := new_budget;
   begin
      ut.expect(co_budget).to_be_not_null();
      ut.expect(ready(co_key)).to_equal(0);
   end branch_not_integrated;

   -- What the job of the database does; other records of the database may be among them.
   function capture_changed return pls_integer
   is
      l_appended pls_integer;
   begin
      crm_values.capture_changed(out_appended => l_appended);
      return l_appended;
   end capture_changed;

   procedure time_passes
   is
      co_key    constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      co_budget constant number := new_budget;
      r_event   crm_outbox_events%rowtype;
   begin
      ut.expect(co_budget).to_be_not_null();
      settle(in_event => crm_test_fixture.claim_one, in_step => 'budget');
      ut.expect(capture_changed).to_equal(0);
      -- as if the quotation had been sent when its deliveries were worth more
      update crm_records r
         set r.agreed_budget = 999
       where r.record_key = co_key;
      ut.expect(capture_changed).to_equal(1);
      ut.expect(capture_changed).to_equal(0);
      r_event := crm_test_fixture.claim_one;
      ut.expect(r_event.record_key).to_equal(co_key);
      ut.expect(r_event.origin).to_equal('TIME');
      ut.expect(crm_fields.text_of(step(r_event), 'value')).to_equal('301.00');
   end time_passes;

   procedure contact_is_found
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
   begin
      insert into erp.contacts (client_code, branch_code, name)
      values (co_client, 1, 'Ana');
      crm_test_fixture.forget_events;
      ut.expect(capture_changed).to_equal(1);
      ut.expect(crm_test_fixture.claim_one().record_key).to_equal(co_key);
   end contact_is_found;

   procedure discarded_lead
   is
      co_key    constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      co_budget number;
      co_order  number;
   begin
      update crm_records r
         set r.agreed_stage = 'Descartado'
       where r.record_key = co_key;
      co_budget := new_budget;
      co_order  := new_order;
      ut.expect(co_budget || co_order).to_be_not_null();
      ut.expect(crm_test_fixture.claim_one().event_id).to_be_null();
      update crm_records r
         set r.agreed_stage = 'Novos leads'
       where r.record_key = co_key;
      ut.expect(capture_changed).to_equal(1);
      ut.expect(json_array_t.parse(crm_test_fixture.claim_one().steps).get_size).to_equal(2);
   end discarded_lead;

   -- A branch with a quotation that the CRM has, whose lead we discard because the branch leaves.
   function left_branch return varchar2
   is
      co_key    constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      co_budget constant number := new_budget;
   begin
      update crm_records r
         set r.agreed_stage = 'Desenvolvimento/Orçamento'
       where r.record_key = co_key;
      settle(crm_test_fixture.claim_one, 'budget');
      ut.expect(crm_test_fixture.record_of(co_key).agreed_budget).to_be_not_null();
      update erp.branches b
         set b.integrate_crm = 'N'
       where b.client_code = co_client;
      crm_test_fixture.settle(in_event => crm_test_fixture.claim_one, in_outcome => 'DELIVERED');
      update erp.budgets b
         set b.status = 'R'
       where b.id = co_budget;
      return co_key;
   end left_branch;

   procedure come_back
   is
   begin
      update erp.branches b
         set b.integrate_crm = 'S'
       where b.client_code = co_client;
   end come_back;

   procedure returning_branch
   is
      co_key   constant crm_records.record_key%type := left_branch;
      r_event  crm_outbox_events%rowtype;
      l_steps  json_array_t;
      r_record crm_records%rowtype;
   begin
      crm_steps.note_stage(
         in_record_key => co_key,
         in_stage      => 'Descartado',
         in_end_reason => 'discarded in the CRM'
      );
      ut.expect(capture_changed, 'nothing is due while the branch is away').to_equal(0);
      come_back;
      r_event := crm_test_fixture.claim_one;
      l_steps := json_array_t.parse(r_event.steps);
      ut.expect(l_steps.get_size).to_equal(2);
      ut.expect(crm_fields.text_of(step(r_event), 'stage')).to_equal('Desenvolvimento/Orçamento');
      ut.expect(crm_fields.text_of(treat(l_steps.get(1) as json_object_t), 'value')).to_be_null();
      crm_bridge_api.settle_change(
         in_event_id    => r_event.event_id,
         in_fence_token => r_event.fence_token,
         in_outcome     => 'DELIVERED',
         in_steps       => '[{"step":"stage","done":true},{"step":"budget","done":true}]'
      );
      r_record := crm_test_fixture.record_of(co_key);
      ut.expect(r_record.agreed_stage).to_equal('Desenvolvimento/Orçamento');
      ut.expect(r_record.wanted_stage).to_be_null();
      ut.expect(r_record.end_reason).to_be_null();
      ut.expect(r_record.agreed_budget).to_be_null();
   end returning_branch;

   procedure lost_discard
   is
      co_key     constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      l_released pls_integer;
   begin
      update crm_records r
         set r.agreed_stage = 'Ativação'
       where r.record_key = co_key;
      update erp.branches b
         set b.integrate_crm = 'N'
       where b.client_code = co_client;
      ut.expect(crm_test_fixture.claim_one().operation).to_equal('REMOVE');
      crm_bridge_api.begin_worker(
         in_worker_id => crm_test_fixture.co_worker_id,
         out_released => l_released
      );
      ut.expect(l_released).to_equal(1);
      ut.expect(crm_test_fixture.record_of(co_key).wanted_stage).to_equal('Ativação');
   end lost_discard;

   procedure returning_by_a_user
   is
      co_key constant crm_records.record_key%type := left_branch;
   begin
      crm_steps.note_stage(
         in_record_key => co_key,
         in_stage      => 'Pesquisa (filtro 1)',
         in_end_reason => 'stage is not mirrored'
      );
      come_back;
      ut.expect(json_array_t.parse(crm_test_fixture.claim_one().steps).get_size).to_equal(1);
      ut.expect(crm_test_fixture.record_of(co_key).agreed_stage).to_equal('Pesquisa (filtro 1)');
   end returning_by_a_user;

   procedure discarded_by_a_user
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
   begin
      update crm_records r
         set r.agreed_stage = 'Descartado'
       where r.record_key = co_key;
      update erp.branches b
         set b.integrate_crm = 'N'
       where b.client_code = co_client;
      crm_test_fixture.settle(in_event => crm_test_fixture.claim_one, in_outcome => 'DELIVERED');
      come_back;
      ut.expect(json_array_t.parse(crm_test_fixture.claim_one().steps).get_size).to_equal(0);
   end discarded_by_a_user;

   procedure change_waits
   is
      co_key    constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      co_budget constant number := new_budget;
   begin
      ut.expect(co_budget).to_be_not_null();
      ut.expect(ready(co_key)).to_equal(1);
      ut.expect(capture_changed).to_equal(0);
      settle(
         in_event   => crm_test_fixture.claim_one,
         in_step    => 'budget',
         in_is_done => 'false',
         in_outcome => 'PARKED'
      );
      ut.expect(capture_changed).to_equal(0);
      ut.expect(ready(co_key)).to_equal(0);
   end change_waits;

   procedure lead_not_created
   is
      co_key    constant crm_records.record_key%type := crm_test_fixture.new_branch;
      co_budget constant number := new_budget;
      r_event   crm_outbox_events%rowtype;
   begin
      ut.expect(co_key || co_budget).to_be_not_null();
      r_event := crm_test_fixture.claim_one;
      crm_test_fixture.settle(in_event => r_event, in_outcome => 'IN_DOUBT');
      crm_test_fixture.quiet;
      ut.expect(capture_changed).to_equal(0);
   end lead_not_created;
end crm_test_values;
/
