create or replace package body crm_conflict
is
   co_resolved constant crm_conflicts.status%type := 'RESOLVED';
   co_equal    constant crm_conflicts.choice%type := 'EQUAL';
   co_itself   constant crm_conflicts.resolved_by%type := 'CRM_SYNC';

   procedure leave_resting(
      in_record_key in            crm_records.record_key%type,
      in_erp        in            crm_types.fields_type,
      io_crm        in out nocopy crm_types.fields_type
   )
   is
      l_erp crm_types.value_type;
      l_crm crm_types.value_type;
   begin
      <<open_conflicts>>
      for r_conflict in (
         select c.conflict_id, c.field_name, p.comparison
           from crm_conflicts c
           join crm_field_policies p
             on p.field_name = c.field_name
          where c.record_key = in_record_key
            and c.status = 'OPEN'
          order by c.conflict_id
      ) loop
         if io_crm.exists(r_conflict.field_name) then
            l_erp := crm_fields.value_of(in_fields => in_erp, in_field_name => r_conflict.field_name);
            l_crm := io_crm(r_conflict.field_name);
            if crm_rules.differs(
                  in_comparison => r_conflict.comparison,
                  in_left       => l_erp,
                  in_right      => l_crm
               )
            then
               update crm_conflicts c
                  set c.erp_value = l_erp,
                      c.crm_value = l_crm
                where c.conflict_id = r_conflict.conflict_id;
               io_crm.delete(r_conflict.field_name);
            else
               update crm_conflicts c
                  set c.status         = co_resolved,
                      c.choice         = co_equal,
                      c.resolved_value = l_erp,
                      c.resolved_on    = systimestamp,
                      c.resolved_by    = co_itself
                where c.conflict_id = r_conflict.conflict_id;
            end if;
         end if;
      end loop open_conflicts;
   end leave_resting;

   procedure keep_decisions(
      in_record_key in crm_records.record_key%type,
      in_inbox_id   in crm_inbox_events.inbox_id%type,
      in_decisions  in crm_merge.decisions_type,
      in_contact_id in crm_merge_audit.contact_id%type default null
   )
   is
      r_decision crm_merge.decision_type;
   begin
      <<decisions>>
      for i in 1 .. in_decisions.count loop
         r_decision := in_decisions(i);
         if r_decision.taken is null then
            insert into crm_conflicts (
               record_key, field_name, base_value, erp_value, crm_value, inbox_id
            ) values (
               in_record_key, r_decision.field_name, r_decision.base_value, r_decision.erp_value,
               r_decision.crm_value, in_inbox_id
            );
         else
            insert into crm_merge_audit (
               record_key, contact_id, field_name, policy, base_value, erp_value, crm_value, taken, inbox_id
            ) values (
               in_record_key, in_contact_id, r_decision.field_name, r_decision.policy, r_decision.base_value,
               r_decision.erp_value, r_decision.crm_value, r_decision.taken, in_inbox_id
            );
         end if;
      end loop decisions;
   end keep_decisions;

   -- Through the mirror, whose trigger changes the ERP; capture sees it like any change of the ERP.
   procedure give_to_erp(
      in_crm_id     in leads.id%type,
      in_field_name in crm_conflicts.field_name%type,
      in_value      in crm_conflicts.resolved_value%type
   )
   is
      l_crm_id leads.id%type;
   begin
      select l.id
        into l_crm_id
        from leads l
       where l.id = in_crm_id
         for update nowait;
      update leads l
         set l.sales_rep          = case in_field_name when 'sales_rep' then to_number(in_value) else l.sales_rep end,
             l.phone              = case in_field_name when 'phone' then in_value else l.phone end,
             l.industry           = case in_field_name when 'industry' then in_value else l.industry end,
             l.financial_analysis = case in_field_name
                                       when 'financial_analysis' then in_value
                                       else l.financial_analysis
                                    end
       where l.id = l_crm_id;
   exception
      when no_data_found then
         crm_err.raise_error(
            in_number => crm_err.co_invalid_choice,
            in_detail => 'lead ' || in_crm_id || ' is not mirrored, allowed ERP'
         );
   end give_to_erp;

   -- From now on the field counts as changed in the ERP alone.
   procedure agree_on_crm_value(in_conflict in crm_conflicts%rowtype)
   is
      l_old_image crm_records.agreed_image%type;
      l_image     json_object_t;
   begin
      select r.agreed_image
        into l_old_image
        from crm_records r
       where r.record_key = in_conflict.record_key;
      l_image := json_object_t.parse(l_old_image);
      if in_conflict.crm_value is null then
         l_image.put_null(in_conflict.field_name);
      else
         l_image.put(in_conflict.field_name, in_conflict.crm_value);
      end if;
      crm_record.agree(
         in_record_key => in_conflict.record_key,
         in_crm_id     => null,
         in_image      => l_image.to_clob,
         in_hash       => null
      );
   end agree_on_crm_value;

   procedure announce(in_record_key in crm_records.record_key%type)
   is
      co_record_keys constant crm_record_keys_ct := crm_record_keys_ct(in_record_key);
      t_event_ids    crm_ids_ct;
      t_versions     crm_ids_ct;
   begin
      crm_outbox.append(
         in_record_keys => co_record_keys,
         in_origin      => crm_types.co_origin_request,
         out_event_ids  => t_event_ids,
         out_versions   => t_versions
      );
      crm_queue.announce_changes(
         in_event_ids   => t_event_ids,
         in_record_keys => co_record_keys,
         in_versions    => t_versions
      );
   end announce;

   procedure resolve(
      in_conflict_id in  crm_conflicts.conflict_id%type,
      in_choice      in  varchar2,
      in_value       in  crm_conflicts.resolved_value%type,
      in_by          in  crm_conflicts.resolved_by%type,
      out_record_key out crm_conflicts.record_key%type
   )
   is
      r_conflict crm_conflicts%rowtype;
      l_crm_id   crm_records.crm_id%type;
      l_leased   crm_records.lease_owner%type;
      l_value    crm_conflicts.resolved_value%type;
   begin
      if in_choice is null or in_choice not in (co_erp, co_crm, co_value)
         or in_by is null
         or (in_choice <> co_value and in_value is not null)
      then
         crm_err.raise_error(
            in_number => crm_err.co_invalid_choice,
            in_detail => in_choice || ', allowed ERP, CRM, or VALUE with a value, and the name of a person'
         );
      end if;
      -- the record first: everybody locks in this order
      select r.record_key, r.crm_id, r.lease_owner
        into out_record_key, l_crm_id, l_leased
        from crm_records r
       where r.record_key = (
                select c.record_key
                  from crm_conflicts c
                 where c.conflict_id = in_conflict_id
                   and c.status = 'OPEN'
             )
         for update nowait;
      -- what is under way would be taken for the agreed value of the field afterwards
      if l_leased is not null then
         crm_err.raise_error(
            in_number => crm_err.co_record_leased,
            in_detail => out_record_key
         );
      end if;
      select c.*
        into r_conflict
        from crm_conflicts c
       where c.conflict_id = in_conflict_id
         and c.status = 'OPEN'
         for update nowait;
      l_value := case in_choice
                    when co_erp then r_conflict.erp_value
                    when co_crm then r_conflict.crm_value
                    else crm_rules.canonical(in_text => in_value)
                 end;
      update crm_conflicts c
         set c.status         = co_resolved,
             c.choice         = in_choice,
             c.resolved_value = l_value,
             c.resolved_on    = systimestamp,
             c.resolved_by    = in_by
       where c.conflict_id = in_conflict_id;
      insert into crm_merge_audit (
         record_key, field_name, policy, base_value, erp_value, crm_value, taken, decided_by
      ) values (
         r_conflict.record_key, r_conflict.field_name, crm_merge.co_manual, r_conflict.base_value, r_conflict.erp_value,
         r_conflict.crm_value, in_choice, in_by
      );
      agree_on_crm_value(in_conflict => r_conflict);
      if in_choice <> co_erp then
         give_to_erp(
            in_crm_id     => l_crm_id,
            in_field_name => r_conflict.field_name,
            in_value      => l_value
         );
      end if;
      announce(in_record_key => r_conflict.record_key);
   exception
      when no_data_found then
         crm_err.raise_error(
            in_number => crm_err.co_unknown_conflict,
            in_detail => 'conflict ' || in_conflict_id
         );
      when crm_err.e_resource_busy then
         crm_err.raise_error(
            in_number => crm_err.co_record_leased,
            in_detail => 'conflict ' || in_conflict_id
         );
   end resolve;
end crm_conflict;
/
