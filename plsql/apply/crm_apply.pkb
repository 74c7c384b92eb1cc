create or replace package body crm_apply
is
   function persons_of(in_json in clob) return json_array_t
   is
   begin
      return json_array_t.parse(in_json);
   exception
      when crm_err.e_json_syntax then
         crm_err.raise_error(
            in_number => crm_err.co_invalid_json,
            in_detail => 'a JSON array of persons'
         );
   end persons_of;

   -- Locks the branch; false when it does not take part (any more).
   function lock_branch(in_record_key in crm_records.record_key%type) return boolean
   is
      cursor c_branch is
         select b.code
           from crm_records r
           join erp.branches b
             on b.client_code = r.client_code
            and b.code = r.branch_code
          where r.record_key = in_record_key
            and b.integrate_crm = crm_types.co_yes
            for update of b.phone nowait;
      l_code  crm_records.branch_code%type;
      l_found boolean;
   begin
      open c_branch;
      fetch c_branch into l_code;
      l_found := c_branch%found;
      close c_branch;
      return l_found;
   end lock_branch;

   -- Why a lead in a stage that is not mirrored has left the mirror.
   function end_reason(
      in_record_key in crm_records.record_key%type,
      in_stage      in crm_stages.name%type
   ) return varchar2
   is
      l_first    crm_stages.name%type;
      l_previous crm_records.agreed_stage%type;
   begin
      select min(s.name) keep (dense_rank first order by s.position)
        into l_first
        from crm_stages s;
      select max(r.agreed_stage)
        into l_previous
        from crm_records r
       where r.record_key = in_record_key;
      return case
                when in_stage is null then 'the stage is not known'
                when in_stage = l_first then 'discarded in the CRM'
                when l_previous <> in_stage
                   and not crm_rules.is_allowed_move(in_from => l_previous, in_to => in_stage)
                then 'restart of the cycle'
                else 'stage is not mirrored'
             end;
   end end_reason;

   procedure ignore_lead(
      in_event  in crm_inbox_events%rowtype,
      in_crm_id in leads.id%type,
      in_stage  in leads.stage%type,
      in_detail in crm_inbox_events.detail%type
   )
   is
   begin
      crm_leads.end_mirroring(
         in_crm_id => in_crm_id,
         in_stage  => in_stage,
         in_reason => in_detail
      );
      crm_inbox.finish(
         in_event  => in_event,
         in_status => crm_types.co_ignored,
         in_detail => in_detail
      );
   end ignore_lead;

   procedure defer(
      in_event  in crm_inbox_events%rowtype,
      in_detail in crm_inbox_events.detail%type
   )
   is
   begin
      crm_inbox.postpone(
         in_event         => in_event,
         in_retry_seconds => crm_config.number_value(in_name => crm_config.co_deferred_seconds),
         in_detail        => in_detail,
         in_is_failure    => false
      );
   end defer;

   -- The persons that were read with the lead; what became of them decides with out_result how the webhook ends.
   procedure apply_contacts_of(
      in_event      in     crm_inbox_events%rowtype,
      in_record_key in     crm_records.record_key%type,
      in_crm_id     in     crm_records.crm_id%type,
      in_persons    in     json_array_t,
      io_result     in out crm_types.status_type
   )
   is
      r_outcome crm_contacts.outcome_type;
   begin
      crm_contacts.apply_persons(
         in_record_key => in_record_key,
         in_crm_id     => in_crm_id,
         in_inbox_id   => in_event.inbox_id,
         in_persons    => in_persons,
         out_outcome   => r_outcome
      );
      if r_outcome.is_pending then
         crm_leads.send_again(in_record_key => in_record_key);
      end if;
      if r_outcome.is_missing then
         crm_inbox.postpone(
            in_event         => in_event,
            in_retry_seconds => crm_config.number_value(in_name => crm_config.co_missing_seconds),
            in_detail        => 'the CRM does not name a person of the lead any more',
            in_is_failure    => false,
            in_reads_all     => true
         );
         io_result := crm_types.co_deferred;
         return;
      end if;
      io_result := case
                      when r_outcome.refusal is not null then crm_types.co_parked
                      when r_outcome.is_changed then crm_types.co_applied
                      else io_result
                   end;
      crm_inbox.finish(
         in_event  => in_event,
         in_status => io_result,
         in_detail => r_outcome.refusal
      );
   end apply_contacts_of;

   procedure apply_to_record(
      in_event      in  crm_inbox_events%rowtype,
      in_record_key in  crm_records.record_key%type,
      in_lead       in  json_object_t,
      out_result    out crm_types.status_type
   )
   is
      co_crm_id constant leads.id%type := in_lead.get_number('crm_id');
      co_stage  constant crm_types.value_type := crm_fields.text_of(in_lead, 'stage');
      co_name   constant crm_stages.name%type := crm_rules.stage_name(in_stage => co_stage);
      l_reason  leads.end_reason%type;
   begin
      if not crm_rules.is_mirrored_stage(in_stage => co_stage) then
         l_reason := end_reason(
            in_record_key => in_record_key,
            in_stage      => co_name
         );
         ignore_lead(
            in_event  => in_event,
            in_crm_id => co_crm_id,
            in_stage  => co_name,
            in_detail => l_reason
         );
         if co_name is not null then
            crm_steps.note_stage(
               in_record_key => in_record_key,
               in_stage      => co_name,
               in_end_reason => l_reason
            );
         end if;
         out_result := crm_types.co_ignored;
         return;
      end if;
      if not lock_branch(in_record_key => in_record_key) then
         ignore_lead(
            in_event  => in_event,
            in_crm_id => co_crm_id,
            in_stage  => co_name,
            in_detail => 'the branch does not take part'
         );
         crm_steps.note_stage(
            in_record_key => in_record_key,
            in_stage      => co_name
         );
         out_result := crm_types.co_ignored;
         return;
      end if;
      crm_origin.begin_apply(in_record_key => in_record_key);
      out_result := crm_leads.apply_lead(
         in_inbox_id   => in_event.inbox_id,
         in_record_key => in_record_key,
         in_crm_id     => co_crm_id,
         in_stage      => co_stage,
         in_crm        => crm_leads.fields_of(in_object => in_lead),
         in_crm_time   => crm_leads.crm_change_time(in_updated_at => crm_fields.text_of(in_lead, 'updated_at'))
      );
      crm_steps.note_stage(
         in_record_key => in_record_key,
         in_stage      => co_name
      );
      if in_lead.has('contacts') then
         apply_contacts_of(
            in_event      => in_event,
            in_record_key => in_record_key,
            in_crm_id     => co_crm_id,
            in_persons    => in_lead.get_array('contacts'),
            io_result     => out_result
         );
      else
         crm_inbox.finish(
            in_event  => in_event,
            in_status => out_result
         );
      end if;
      crm_origin.end_apply;
   exception
      when crm_err.e_resource_busy then
         crm_origin.end_apply;
         defer(
            in_event  => in_event,
            in_detail => 'the branch is locked in the ERP'
         );
         out_result := crm_types.co_deferred;
      when others then
         crm_origin.end_apply;
         raise;
   end apply_to_record;

   -- Is a branch with this tax id on its way to the CRM? Then the lead may be the one that is being created.
   function is_being_created(in_taxid in varchar2) return boolean
   is
      l_pending pls_integer;
   begin
      select count(*)
        into l_pending
        from erp.branches b
        join crm_outbox_events e
          on e.record_key = b.client_code || '-' || b.code
       where b.taxid = in_taxid
         and b.integrate_crm = crm_types.co_yes
         and b.id_crm is null
         and e.status in ('READY', 'INFLIGHT');
      return l_pending > 0;
   end is_being_created;

   -- The record of a lead that was not known when the webhook was claimed; null: still not known.
   function free_record_of(in_crm_id in crm_records.crm_id%type) return crm_records.record_key%type
   is
      l_record_key crm_records.record_key%type;
   begin
      select r.record_key
        into l_record_key
        from crm_records r
       where r.crm_id = in_crm_id
         and r.lease_owner is null
         for update nowait;
      return l_record_key;
   exception
      when no_data_found or crm_err.e_resource_busy then
         return null;
   end free_record_of;

   procedure convert_lead(
      in_event   in  crm_inbox_events%rowtype,
      in_crm_id  in  crm_records.crm_id%type,
      in_lead    in  json_object_t,
      out_result out crm_types.status_type
   )
   is
      l_record_key crm_records.record_key%type;
      l_refusal    crm_inbox_events.detail%type;
   begin
      crm_conversion.convert(
         in_crm_id      => in_crm_id,
         in_fields      => crm_leads.fields_of(in_object => in_lead),
         out_record_key => l_record_key,
         out_refusal    => l_refusal
      );
      if l_refusal is not null then
         crm_inbox.finish(
            in_event  => in_event,
            in_status => crm_types.co_parked,
            in_detail => l_refusal
         );
         out_result := crm_types.co_parked;
         return;
      end if;
      apply_to_record(
         in_event      => in_event,
         in_record_key => l_record_key,
         in_lead       => in_lead,
         out_result    => out_result
      );
   exception
      when crm_err.e_resource_busy then
         defer(
            in_event  => in_event,
            in_detail => 'the branch is locked in the ERP'
         );
         out_result := crm_types.co_deferred;
      when others then
         crm_origin.end_apply;
         raise;
   end convert_lead;

   procedure apply_to_unknown(
      in_event   in  crm_inbox_events%rowtype,
      in_lead    in  json_object_t,
      out_result out crm_types.status_type
   )
   is
      co_crm_id constant crm_records.crm_id%type := in_lead.get_number('crm_id');
      co_record constant crm_records.record_key%type := free_record_of(in_crm_id => co_crm_id);
      l_known   pls_integer;
   begin
      if co_record is not null then
         apply_to_record(
            in_event      => in_event,
            in_record_key => co_record,
            in_lead       => in_lead,
            out_result    => out_result
         );
         return;
      end if;
      select count(*)
        into l_known
        from crm_records r
       where r.crm_id = co_crm_id;
      if l_known > 0 or is_being_created(in_taxid => crm_fields.text_of(in_lead, 'taxid')) then
         defer(
            in_event  => in_event,
            in_detail => 'the record of the lead is being worked on'
         );
         out_result := crm_types.co_deferred;
      elsif in_event.event_type = crm_types.co_lead_converted
         and crm_rules.is_mirrored_stage(in_stage => crm_fields.text_of(in_lead, 'stage'))
      then
         convert_lead(
            in_event   => in_event,
            in_crm_id  => co_crm_id,
            in_lead    => in_lead,
            out_result => out_result
         );
      else
         ignore_lead(
            in_event  => in_event,
            in_crm_id => co_crm_id,
            in_stage  => null,
            in_detail => 'lead is not known to the ERP'
         );
         out_result := crm_types.co_ignored;
      end if;
   end apply_to_unknown;

   procedure apply_lead(
      in_inbox_id    in  crm_inbox_events.inbox_id%type,
      in_fence_token in  crm_inbox_events.fence_token%type,
      in_lead        in  clob,
      out_record_key out crm_records.record_key%type,
      out_result     out crm_types.status_type
   )
   is
      r_event crm_inbox_events%rowtype;
      l_lead  json_object_t;
   begin
      crm_inbox.assert_claim(
         in_inbox_id    => in_inbox_id,
         in_fence_token => in_fence_token,
         out_event      => r_event
      );
      out_record_key := r_event.record_key;
      l_lead := crm_fields.parsed(in_json => in_lead);
      if l_lead.get_number('crm_id') is null then
         crm_err.raise_error(
            in_number => crm_err.co_invalid_json,
            in_detail => 'a lead with crm_id'
         );
      end if;
      if crm_forgotten.is_forgotten(in_crm_id => l_lead.get_number('crm_id')) then
         crm_inbox.finish(
            in_event  => r_event,
            in_status => 'IGNORED',
            in_detail => 'the data of the lead was erased on request'
         );
         out_result := 'IGNORED';
      elsif r_event.record_key is not null then
         apply_to_record(
            in_event      => r_event,
            in_record_key => r_event.record_key,
            in_lead       => l_lead,
            out_result    => out_result
         );
      else
         apply_to_unknown(
            in_event   => r_event,
            in_lead    => l_lead,
            out_result => out_result
         );
      end if;
   end apply_lead;

   -- The persons of a lead whose own fields are as agreed.
   procedure apply_contacts_to_record(
      in_event   in  crm_inbox_events%rowtype,
      in_persons in  json_array_t,
      out_result out crm_types.status_type
   )
   is
      l_crm_id crm_records.crm_id%type;
      l_stage  crm_records.agreed_stage%type;
   begin
      select r.crm_id, r.agreed_stage
        into l_crm_id, l_stage
        from crm_records r
       where r.record_key = in_event.record_key;
      if not crm_rules.is_mirrored_stage(in_stage => l_stage)
         or not lock_branch(in_record_key => in_event.record_key)
      then
         crm_inbox.finish(
            in_event  => in_event,
            in_status => crm_types.co_ignored,
            in_detail => 'stage is not mirrored, or the branch does not take part'
         );
         out_result := crm_types.co_ignored;
         return;
      end if;
      out_result := crm_types.co_unchanged;
      crm_origin.begin_apply(in_record_key => in_event.record_key);
      apply_contacts_of(
         in_event      => in_event,
         in_record_key => in_event.record_key,
         in_crm_id     => l_crm_id,
         in_persons    => in_persons,
         io_result     => out_result
      );
      crm_origin.end_apply;
   exception
      when crm_err.e_resource_busy then
         crm_origin.end_apply;
         defer(
            in_event  => in_event,
            in_detail => 'the branch is locked in the ERP'
         );
         out_result := crm_types.co_deferred;
      when others then
         crm_origin.end_apply;
         raise;
   end apply_contacts_to_record;

   procedure apply_contacts(
      in_inbox_id    in  crm_inbox_events.inbox_id%type,
      in_fence_token in  crm_inbox_events.fence_token%type,
      in_contacts    in  clob,
      out_record_key out crm_records.record_key%type,
      out_result     out crm_types.status_type
   )
   is
      r_event   crm_inbox_events%rowtype;
      l_persons json_array_t;
   begin
      crm_inbox.assert_claim(
         in_inbox_id    => in_inbox_id,
         in_fence_token => in_fence_token,
         out_event      => r_event
      );
      out_record_key := r_event.record_key;
      l_persons      := persons_of(in_json => in_contacts);
      if r_event.record_key is null then
         crm_inbox.finish(
            in_event  => r_event,
            in_status => crm_types.co_ignored,
            in_detail => 'lead is not known to the ERP'
         );
         out_result := crm_types.co_ignored;
         return;
      end if;
      apply_contacts_to_record(
         in_event   => r_event,
         in_persons => l_persons,
         out_result => out_result
      );
   end apply_contacts;

   procedure apply_missing(
      in_inbox_id    in  crm_inbox_events.inbox_id%type,
      in_fence_token in  crm_inbox_events.fence_token%type,
      out_record_key out crm_records.record_key%type,
      out_result     out crm_types.status_type
   )
   is
      co_seconds constant number := crm_config.number_value(in_name => crm_config.co_missing_seconds);
      co_detail  constant crm_inbox_events.detail%type := 'the CRM does not have the lead';
      r_event    crm_inbox_events%rowtype;
   begin
      crm_inbox.assert_claim(
         in_inbox_id    => in_inbox_id,
         in_fence_token => in_fence_token,
         out_event      => r_event
      );
      out_record_key := r_event.record_key;
      if r_event.missing_on <= systimestamp - numtodsinterval(co_seconds, 'SECOND') then
         ignore_lead(
            in_event  => r_event,
            in_crm_id => r_event.crm_id,
            in_stage  => null,
            in_detail => co_detail
         );
         out_result := crm_types.co_ignored;
      else
         crm_inbox.note_missing(in_event => r_event);
         crm_inbox.postpone(
            in_event         => r_event,
            in_retry_seconds => co_seconds,
            in_detail        => co_detail,
            in_is_failure    => false
         );
         out_result := crm_types.co_deferred;
      end if;
   end apply_missing;
end crm_apply;
/
