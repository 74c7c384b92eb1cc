create or replace package body crm_erasure
is
   type target_type is record (
      record_key crm_records.record_key%type,
      crm_id     crm_records.crm_id%type,
      taxid      leads.taxid%type,
      is_live    crm_types.flag_type,
      is_leased  crm_types.flag_type
   );

   procedure lock_record(in_record_key in crm_records.record_key%type)
   is
      l_owner crm_records.lease_owner%type;
   begin
      select r.lease_owner
        into l_owner
        from crm_records r
       where r.record_key = in_record_key
         for update nowait;
      if l_owner is not null then
         crm_err.raise_error(
            in_number => crm_err.co_record_leased,
            in_detail => 'record ' || in_record_key
         );
      end if;
   exception
      when crm_err.e_resource_busy then
         crm_err.raise_error(
            in_number => crm_err.co_record_leased,
            in_detail => 'record ' || in_record_key
         );
      when no_data_found then
         crm_err.raise_error(
            in_number => crm_err.co_unknown_record,
            in_detail => 'record ' || in_record_key
         );
   end lock_record;

   function target_of(in_record_key in crm_records.record_key%type) return target_type
   is
      r_target target_type;
   begin
      select r.record_key,
             coalesce(r.crm_id, f.crm_id),
             coalesce(json_value(r.agreed_image, '$.taxid'), json_value(r.left_image, '$.taxid')),
             case when b.integrate_crm = 'S' then 'S' else 'N' end,
             case when r.lease_owner is not null then 'S' else 'N' end
        into r_target.record_key, r_target.crm_id, r_target.taxid, r_target.is_live, r_target.is_leased
        from crm_records r
        left join crm_forgotten_records f
          on f.record_key = r.record_key
        left join erp.branches b
          on b.client_code = r.client_code
         and b.code = r.branch_code
       where r.record_key = in_record_key;
      return r_target;
   exception
      when no_data_found then
         crm_err.raise_error(
            in_number => crm_err.co_unknown_record,
            in_detail => 'record ' || in_record_key
         );
   end target_of;

   -- A webhook that was claimed without a record is known by its lead only.
   procedure assert_no_webhook_in_flight(in_target in target_type)
   is
      l_in_flight pls_integer;
   begin
      select count(*)
        into l_in_flight
        from crm_inbox_events i
       where i.crm_id = in_target.crm_id
         and i.status = 'INFLIGHT';
      if l_in_flight > 0 then
         crm_err.raise_error(
            in_number => crm_err.co_record_leased,
            in_detail => 'record ' || in_target.record_key || ', lead ' || in_target.crm_id
         );
      end if;
   end assert_no_webhook_in_flight;

   -- Each of the following finds what there is, by index, and with in_is_dry_run = 'N' takes it away.

   procedure erase_changes(
      in_target     in  target_type,
      in_is_dry_run in  crm_types.flag_type,
      out_changes   out pls_integer,
      out_attempts  out pls_integer
   )
   is
      t_event_ids crm_ids_ct;
   begin
      select count(*)
        into out_attempts
        from crm_outbox_events e
        join crm_outbox_attempts a
          on a.event_id = e.event_id
       where e.record_key = in_target.record_key
         and a.detail is not null;
      select e.event_id
        bulk collect into t_event_ids
        from crm_outbox_events e
       where e.record_key = in_target.record_key
         and (e.is_emptied = 'N' or e.status in ('READY', 'PARKED'));
      out_changes := t_event_ids.count;
      if in_is_dry_run <> 'N' then
         return;
      end if;
      update crm_outbox_attempts a
         set a.detail = null
       where a.detail is not null
         and a.event_id in (
                select e.event_id
                  from crm_outbox_events e
                 where e.record_key = in_target.record_key
             );
      forall i in 1 .. t_event_ids.count
         update crm_outbox_events e
            set e.document        = null,
                e.steps           = null,
                e.row_hash        = null,
                e.detail          = null,
                e.is_emptied      = 'S',
                e.next_attempt_at = null,
                e.settled_on      = coalesce(e.settled_on, systimestamp),
                e.status          = case
                                       when e.status in ('READY', 'PARKED') then 'SKIPPED'
                                       else e.status
                                    end
          where e.event_id = t_event_ids(i);
   end erase_changes;

   procedure erase_webhooks(
      in_target     in  target_type,
      in_is_dry_run in  crm_types.flag_type,
      out_webhooks  out pls_integer
   )
   is
      t_inbox_ids crm_ids_ct;
   begin
      select i.inbox_id
        bulk collect into t_inbox_ids
        from crm_inbox_events i
       where i.record_key = in_target.record_key
         and (i.is_emptied = 'N' or i.status in ('READY', 'PARKED'))
       union
      select i.inbox_id
        from crm_inbox_events i
       where i.crm_id = in_target.crm_id
         and (i.is_emptied = 'N' or i.status in ('READY', 'PARKED'));
      out_webhooks := t_inbox_ids.count;
      if in_is_dry_run <> 'N' then
         return;
      end if;
      forall j in 1 .. t_inbox_ids.count
         update crm_inbox_events i
            set i.body            = null,
                i.fields          = null,
                i.detail          = null,
                i.is_emptied      = 'S',
                i.next_attempt_at = null,
                i.settled_on      = coalesce(i.settled_on, systimestamp),
                i.status          = case
                                       when i.status in ('READY', 'PARKED') then 'SKIPPED'
                                       else i.status
                                    end
          where i.inbox_id = t_inbox_ids(j);
   end erase_webhooks;

   -- A reason that an operator gave stays: it is not to name persons, and says why a state is as it is.
   procedure erase_notes(
      in_target     in  target_type,
      in_is_dry_run in  crm_types.flag_type,
      out_notes     out pls_integer
   )
   is
      t_audit_ids crm_ids_ct;
   begin
      select o.audit_id
        bulk collect into t_audit_ids
        from crm_operator_audit o
       where o.record_key = in_target.record_key
         and (o.is_emptied = 'N' or o.detail is not null)
       union
      select o.audit_id
        from crm_operator_audit o
       where o.crm_id = in_target.crm_id
         and (o.is_emptied = 'N' or o.detail is not null);
      out_notes := t_audit_ids.count;
      if in_is_dry_run <> 'N' then
         return;
      end if;
      forall i in 1 .. t_audit_ids.count
         update crm_operator_audit o
            set o.body_before = null,
                o.detail      = null,
                o.is_emptied  = 'S'
          where o.audit_id = t_audit_ids(i);
   end erase_notes;

   procedure erase_decisions(
      in_target     in  target_type,
      in_is_dry_run in  crm_types.flag_type,
      out_conflicts out pls_integer,
      out_decisions out pls_integer
   )
   is
   begin
      select count(*)
        into out_conflicts
        from crm_conflicts c
       where c.record_key = in_target.record_key;
      select count(*)
        into out_decisions
        from crm_merge_audit m
       where m.record_key = in_target.record_key;
      if in_is_dry_run <> 'N' then
         return;
      end if;
      delete from crm_conflicts c
       where c.record_key = in_target.record_key;
      delete from crm_merge_audit m
       where m.record_key = in_target.record_key;
   end erase_decisions;

   -- The rows of the mirror: of the lead, of leads that it had before, and of its persons.
   procedure erase_mirror(
      in_target     in  target_type,
      in_is_dry_run in  crm_types.flag_type,
      out_leads     out pls_integer,
      out_persons   out pls_integer
   )
   is
      t_lead_ids   crm_ids_ct;
      t_person_ids crm_ids_ct;
   begin
      -- branches of one natural person share its tax id: a lead of another record is not meant
      select l.id
        bulk collect into t_lead_ids
        from leads l
       where l.id = in_target.crm_id
       union
      select l.id
        from leads l
       where l.taxid = in_target.taxid
         and not exists (
                select null
                  from crm_records r
                 where r.crm_id = l.id
                   and r.record_key <> in_target.record_key
             );
      select c.id
        bulk collect into t_person_ids
        from contacts c
       where c.lead_id in (select /*+ cardinality(t 100) */ t.column_value from table(t_lead_ids) t)
       union
      select c.id
        from contacts c
        join crm_contact_records k
          on k.person_id = c.id
       where k.record_key = in_target.record_key;
      out_leads   := t_lead_ids.count;
      out_persons := t_person_ids.count;
      if in_is_dry_run <> 'N' then
         return;
      end if;
      -- leads before persons, as a webhook writes them
      select l.id
        bulk collect into t_lead_ids
        from leads l
       where l.id in (select /*+ cardinality(t 100) */ t.column_value from table(t_lead_ids) t)
         for update nowait;
      select c.id
        bulk collect into t_person_ids
        from contacts c
       where c.id in (select /*+ cardinality(t 100) */ t.column_value from table(t_person_ids) t)
         for update nowait;
      forall i in 1 .. t_person_ids.count
         delete from contacts c
          where c.id = t_person_ids(i);
      forall i in 1 .. t_lead_ids.count
         delete from leads l
          where l.id = t_lead_ids(i);
   exception
      when crm_err.e_resource_busy then
         crm_err.raise_error(
            in_number => crm_err.co_record_leased,
            in_detail => 'record ' || in_target.record_key
         );
   end erase_mirror;

   -- After the mirror, which finds its persons by these rows.
   procedure erase_contact_agreements(
      in_target      in  target_type,
      in_is_dry_run  in  crm_types.flag_type,
      out_agreements out pls_integer
   )
   is
      t_contact_ids crm_ids_ct;
   begin
      select k.contact_id
        bulk collect into t_contact_ids
        from crm_contact_records k
       where k.record_key = in_target.record_key;
      out_agreements := t_contact_ids.count;
      if in_is_dry_run <> 'N' then
         return;
      end if;
      forall i in 1 .. t_contact_ids.count
         delete from crm_contact_proofs p
          where p.contact_id = t_contact_ids(i);
      -- persons that the CRM keeps are not to come in, should the record be let in again
      insert into crm_let_go_persons (person_id, record_key)
      select k.person_id, k.record_key
        from crm_contact_records k
       where k.record_key = in_target.record_key
         and k.person_id is not null
         and not exists (
                select null
                  from crm_let_go_persons g
                 where g.person_id = k.person_id
             );
      delete from crm_contact_records k
       where k.record_key = in_target.record_key;
   end erase_contact_agreements;

   procedure erase_agreement(
      in_target      in  target_type,
      in_is_dry_run  in  crm_types.flag_type,
      out_agreements out pls_integer
   )
   is
   begin
      select count(*)
        into out_agreements
        from crm_records r
       where r.record_key = in_target.record_key
         and (
                r.crm_id is not null
                or r.agreed_image is not null
                or r.agreed_hash is not null
                or r.left_image is not null
                or r.substitutes is not null
             );
      if in_is_dry_run <> 'N' then
         return;
      end if;
      update crm_records r
         set r.crm_id             = null,
             r.agreed_image       = null,
             r.agreed_hash        = null,
             r.agreed_on          = null,
             r.agreed_stage       = null,
             r.agreed_budget      = null,
             r.agreed_order       = null,
             r.left_image         = null,
             r.left_on            = null,
             r.substitutes        = null,
             r.doubtful_fields    = null,
             r.wanted_stage       = null,
             r.wanted_discard     = null,
             r.ended_on           = null,
             r.end_reason         = null,
             r.is_proposal_empty  = 'N',
             r.is_budget_in_doubt = 'N',
             r.is_applied         = 'N'
       where r.record_key = in_target.record_key;
      delete from crm_record_proofs p
       where p.record_key = in_target.record_key;
   end erase_agreement;

   -- Rows of each kind that hold data of the record, as JSON; with in_is_dry_run = 'N' they are erased.
   function erased(
      in_target     in target_type,
      in_is_dry_run in crm_types.flag_type
   ) return varchar2
   is
      l_rows   pls_integer;
      l_more   pls_integer;
      l_counts json_object_t := json_object_t();
   begin
      erase_changes(
         in_target     => in_target,
         in_is_dry_run => in_is_dry_run,
         out_changes   => l_rows,
         out_attempts  => l_more
      );
      l_counts.put('changes', l_rows);
      l_counts.put('attempts', l_more);
      erase_webhooks(
         in_target     => in_target,
         in_is_dry_run => in_is_dry_run,
         out_webhooks  => l_rows
      );
      l_counts.put('webhooks', l_rows);
      erase_notes(
         in_target     => in_target,
         in_is_dry_run => in_is_dry_run,
         out_notes     => l_rows
      );
      l_counts.put('operator_notes', l_rows);
      erase_decisions(
         in_target     => in_target,
         in_is_dry_run => in_is_dry_run,
         out_conflicts => l_rows,
         out_decisions => l_more
      );
      l_counts.put('conflicts', l_rows);
      l_counts.put('merge_decisions', l_more);
      erase_mirror(
         in_target     => in_target,
         in_is_dry_run => in_is_dry_run,
         out_leads     => l_rows,
         out_persons   => l_more
      );
      l_counts.put('leads', l_rows);
      l_counts.put('persons', l_more);
      erase_contact_agreements(
         in_target      => in_target,
         in_is_dry_run  => in_is_dry_run,
         out_agreements => l_rows
      );
      l_counts.put('contact_agreements', l_rows);
      erase_agreement(
         in_target      => in_target,
         in_is_dry_run  => in_is_dry_run,
         out_agreements => l_rows
      );
      l_counts.put('agreements', l_rows);
      return l_counts.to_string;
   end erased;

   procedure forget(
      in_record_key      in  crm_records.record_key%type,
      in_by              in  crm_erasures.done_by%type,
      in_reason          in  crm_erasures.reason%type,
      in_is_live_allowed in  crm_types.flag_type,
      in_is_dry_run      in  crm_types.flag_type,
      out_report         out varchar2
   )
   is
      r_target target_type;
      l_erased crm_erasures.erased%type;
   begin
      if in_is_dry_run is null or in_is_dry_run not in ('S', 'N') then
         crm_err.raise_error(
            in_number => crm_err.co_invalid_action,
            in_detail => 'is_dry_run is S or N'
         );
      end if;
      if in_is_dry_run = 'N' then
         crm_err.assert_given(
            in_name  => 'by',
            in_value => in_by
         );
         crm_err.assert_given(
            in_name  => 'reason',
            in_value => in_reason
         );
         lock_record(in_record_key => in_record_key);
      end if;
      r_target := target_of(in_record_key => in_record_key);
      if in_is_dry_run = 'N' then
         if r_target.is_live = 'S' and (in_is_live_allowed is null or in_is_live_allowed <> 'S') then
            crm_err.raise_error(
               in_number => crm_err.co_record_live,
               in_detail => 'record ' || in_record_key
            );
         end if;
         assert_no_webhook_in_flight(in_target => r_target);
      end if;
      l_erased := erased(
         in_target     => r_target,
         in_is_dry_run => in_is_dry_run
      );
      if in_is_dry_run = 'N' then
         crm_forgotten.note(
            in_record_key => r_target.record_key,
            in_crm_id     => r_target.crm_id
         );
         insert into crm_erasures (action, record_key, erased, done_by, reason)
         values ('FORGET', r_target.record_key, l_erased, in_by, in_reason);
      end if;
      select json_object(
                key 'record_key' value r_target.record_key,
                key 'crm_id' value r_target.crm_id,
                key 'is_live' value r_target.is_live,
                key 'is_leased' value r_target.is_leased,
                key 'is_done' value case in_is_dry_run when 'N' then 'S' else 'N' end,
                key 'erased' value l_erased format json
                null on null
             )
        into out_report
        from dual;
   end forget;

   procedure lift(
      in_record_key in  crm_records.record_key%type,
      in_by         in  crm_erasures.done_by%type,
      in_reason     in  crm_erasures.reason%type,
      out_lifted    out pls_integer
   )
   is
   begin
      crm_err.assert_given(
         in_name  => 'by',
         in_value => in_by
      );
      crm_err.assert_given(
         in_name  => 'reason',
         in_value => in_reason
      );
      crm_forgotten.lift(
         in_record_key => in_record_key,
         out_lifted    => out_lifted
      );
      if out_lifted > 0 then
         insert into crm_erasures (action, record_key, done_by, reason)
         values ('LIFT', in_record_key, in_by, in_reason);
      end if;
   end lift;
end crm_erasure;
/
