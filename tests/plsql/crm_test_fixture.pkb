create or replace package body crm_test_fixture
is
   procedure quiet
   is
   begin
      update crm_outbox_events e
         set e.status     = 'SUPERSEDED',
             e.settled_on = systimestamp
       where e.status in ('READY', 'INFLIGHT');
      update crm_inbox_events i
         set i.status      = 'SUPERSEDED',
             i.settled_on  = systimestamp,
             i.lease_owner = null,
             i.lease_until = null
       where i.status in ('READY', 'INFLIGHT');
   end quiet;

   procedure forget_events
   is
   begin
      delete from crm_outbox_events e
       where e.record_key like '990000%'
         and e.status = 'READY';
   end forget_events;

   procedure create_references
   is
      l_known pls_integer;
   begin
      select count(*)
        into l_known
        from erp.cities c
       where c.id = 9900001;
      if l_known > 0 then
         return;
      end if;
      insert into erp.states (code, name)
      values ('ZZ', 'Estado de Teste');
      insert into erp.cities (id, name, state_code)
      values (9900001, 'São Tomé', 'ZZ');
      insert into erp.industries (id, description)
      values (990001, 'Cerâmica de Teste');
      insert into erp.industries (id, description)
      values (990002, 'Têxtil de Teste');
      insert into erp.sales_reps (code, name)
      values (990001, 'Rep A');
      insert into erp.sales_reps (code, name)
      values (990002, 'Rep B');
      insert into erp.clients (code, name)
      values (co_client_code, 'Comercial Teste Ltda');
   end create_references;

   function new_branch(
      in_branch_code in pls_integer default 1,
      in_integrate   in varchar2    default 'S'
   ) return varchar2
   is
   begin
      create_references;
      insert into erp.branches (
         client_code, code, taxid, tax_registration, address_street, address_number, address_district,
         address_zipcode, city_id, phone, sales_rep, industry_id, integrate_crm
      ) values (
         co_client_code, in_branch_code, '99' || lpad(in_branch_code, 12, '0'), '110042490114', 'Rua A', '10',
         'Centro', '01001000', 9900001, '1133334444', 990001, 990001, in_integrate
      );
      insert into erp.credit_limit_history (client_code, branch_code, changed_on, credit_limit, financial_analysis)
      values (co_client_code, in_branch_code, sysdate - 10, 5000, 'Aprovado');
      forget_events;
      return co_client_code || '-' || in_branch_code;
   end new_branch;

   function new_synced_branch(
      in_branch_code in pls_integer default 1,
      in_crm_id      in number      default co_crm_id
   ) return varchar2
   is
      co_record_key constant crm_records.record_key%type := new_branch(in_branch_code => in_branch_code);
      t_event_ids   crm_ids_ct;
      t_versions    crm_ids_ct;
   begin
      crm_outbox.append(
         in_record_keys => crm_record_keys_ct(co_record_key),
         in_origin      => 'INITIAL',
         out_event_ids  => t_event_ids,
         out_versions   => t_versions
      );
      settle(
         in_event   => claim_one,
         in_outcome => 'DELIVERED',
         in_crm_id  => in_crm_id
      );
      return co_record_key;
   end new_synced_branch;

   function event(in_event_id in number) return crm_outbox_events%rowtype
   is
      r_event crm_outbox_events%rowtype;
   begin
      select e.*
        into r_event
        from crm_outbox_events e
       where e.event_id = in_event_id;
      return r_event;
   end event;

   function record_of(in_record_key in varchar2) return crm_records%rowtype
   is
      r_record crm_records%rowtype;
   begin
      select r.*
        into r_record
        from crm_records r
       where r.record_key = in_record_key;
      return r_record;
   end record_of;

   function claim_one return crm_outbox_events%rowtype
   is
      t_event_ids crm_ids_ct;
      r_none      crm_outbox_events%rowtype;
   begin
      crm_outbox.claim(
         in_worker_id     => co_worker_id,
         in_batch_size    => 1,
         in_lease_seconds => 60,
         out_event_ids    => t_event_ids
      );
      if t_event_ids.count = 0 then
         return r_none;
      end if;
      return event(in_event_id => t_event_ids(1));
   end claim_one;

   procedure settle(
      in_event         in crm_outbox_events%rowtype,
      in_outcome       in varchar2,
      in_crm_id        in number   default null,
      in_reason_class  in varchar2 default null,
      in_retry_seconds in number   default null
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
         in_reason_class  => in_reason_class,
         in_detail        => null,
         in_retry_seconds => in_retry_seconds,
         out_record_key   => l_record_key
      );
   end settle;

   function event_count(
      in_record_key in varchar2,
      in_status     in varchar2 default null
   ) return pls_integer
   is
      l_events pls_integer;
   begin
      select count(*)
        into l_events
        from crm_outbox_events e
       where e.record_key = in_record_key
         and e.status = coalesce(in_status, e.status);
      return l_events;
   end event_count;

   function claim_webhook return crm_inbox_events%rowtype
   is
      t_inbox_ids crm_ids_ct;
      r_event     crm_inbox_events%rowtype;
   begin
      crm_inbox.claim(
         in_worker_id     => co_worker_id,
         in_batch_size    => 1,
         in_lease_seconds => 60,
         out_inbox_ids    => t_inbox_ids
      );
      select i.*
        into r_event
        from crm_inbox_events i
       where i.inbox_id = t_inbox_ids(1);
      return r_event;
   end claim_webhook;

   function new_webhook(
      in_crm_id     in number   default co_crm_id,
      in_event_type in varchar2 default 'LEAD_UPDATED'
   ) return crm_inbox_events%rowtype
   is
      l_inbox_id     crm_inbox_events.inbox_id%type;
      l_is_duplicate varchar2(1 char);
      t_inbox_ids    crm_ids_ct;
      r_event        crm_inbox_events%rowtype;
   begin
      crm_inbox.store(
         in_source        => 'utplsql',
         in_event_type    => in_event_type,
         in_dedupe_key    => rawtohex(sys_guid()) || rawtohex(sys_guid()),
         in_crm_id        => in_crm_id,
         in_body          => null,
         in_fields        => null,
         out_inbox_id     => l_inbox_id,
         out_is_duplicate => l_is_duplicate
      );
      crm_inbox.claim(
         in_worker_id     => co_worker_id,
         in_batch_size    => 10,
         in_lease_seconds => 60,
         out_inbox_ids    => t_inbox_ids
      );
      select i.*
        into r_event
        from crm_inbox_events i
       where i.inbox_id = l_inbox_id;
      return r_event;
   end new_webhook;

   function lead(
      in_record_key in varchar2,
      in_field_name in varchar2 default null,
      in_value      in varchar2 default null,
      in_stage      in varchar2 default co_mirrored,
      in_crm_id     in number   default co_crm_id
   ) return clob
   is
      l_document clob;
      l_lead     json_object_t;
   begin
      select c.document
        into l_document
        from crm_client_rows_v c
       where c.record_key = in_record_key;
      l_lead := json_object_t.parse(l_document);
      l_lead.put('crm_id', in_crm_id);
      l_lead.put('stage', in_stage);
      if in_field_name is not null then
         if in_value is null then
            l_lead.put_null(in_field_name);
         else
            l_lead.put(in_field_name, in_value);
         end if;
      end if;
      return l_lead.to_clob;
   end lead;

   function apply(
      in_lead       in clob,
      in_crm_id     in number   default co_crm_id,
      in_event_type in varchar2 default 'LEAD_UPDATED'
   ) return varchar2
   is
      r_webhook    crm_inbox_events%rowtype := new_webhook(
         in_crm_id     => in_crm_id,
         in_event_type => in_event_type
      );
      l_record_key crm_records.record_key%type;
      l_result     crm_types.status_type;
   begin
      crm_apply.apply_lead(
         in_inbox_id    => r_webhook.inbox_id,
         in_fence_token => r_webhook.fence_token,
         in_lead        => in_lead,
         out_record_key => l_record_key,
         out_result     => l_result
      );
      return l_result;
   end apply;

   procedure delete_gaps
   is
      pragma autonomous_transaction;
      cursor c_gaps is
         select g.gap_id
           from crm_capture_gaps g
          where g.client_code = co_client_code
            for update skip locked;
      t_gap_ids crm_ids_ct;
   begin
      -- what the test itself has locked goes when its transaction is over
      open c_gaps;
      fetch c_gaps bulk collect into t_gap_ids;
      close c_gaps;
      forall i in 1 .. t_gap_ids.count
         delete from crm_capture_gaps g
          where g.gap_id = t_gap_ids(i);
      commit;
   end delete_gaps;
end crm_test_fixture;
/
