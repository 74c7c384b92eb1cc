create or replace package body crm_leads
is
   co_scope constant varchar2(130 char) := 'crm_leads.';

   /** A branch of the ERP with what was agreed on it. */
   type record_state_type is record (
      record_key   crm_records.record_key%type,
      client_code  crm_records.client_code%type,
      branch_code  crm_records.branch_code%type,
      agreed_image crm_records.agreed_image%type,
      document     clob,
      row_hash     varchar2(64 char)
   );

   -- The shared fields that the object has; a JSON null is an empty field.
   function fields_of(in_object in json_object_t) return crm_types.fields_type
   is
      t_fields crm_types.fields_type;
   begin
      <<fields>>
      for r_policy in (
         select p.field_name
           from crm_field_policies p
          order by p.position
      ) loop
         if in_object.has(r_policy.field_name) then
            t_fields(r_policy.field_name) := crm_fields.text_of(in_object, r_policy.field_name);
         end if;
      end loop fields;
      return t_fields;
   end fields_of;

   function fields_of_json(in_json in clob) return crm_types.fields_type
   is
      t_none crm_types.fields_type;
   begin
      if in_json is null then
         return t_none;
      end if;
      return fields_of(in_object => json_object_t.parse(in_json));
   end fields_of_json;

   function record_state(in_record_key in crm_records.record_key%type) return record_state_type
   is
      r_state record_state_type;
   begin
      select r.record_key,
             r.client_code,
             r.branch_code,
             coalesce(r.agreed_image, r.left_image),
             c.document,
             c.row_hash
        into r_state.record_key,
             r_state.client_code,
             r_state.branch_code,
             r_state.agreed_image,
             r_state.document,
             r_state.row_hash
        from crm_records r
        join crm_client_rows_v c
          on c.client_code = r.client_code
         and c.branch_code = r.branch_code
       where r.record_key = in_record_key;
      return r_state;
   end record_state;

   -- Values that the ERP cannot hold are left out, and said so; the value of the ERP goes out again.
   procedure keep_acceptable(
      in_record_key in            crm_records.record_key%type,
      io_crm        in out nocopy crm_types.fields_type
   )
   is
      -- variables: an element of an associative array is no bind of a SQL statement
      co_rep     constant crm_types.value_type := crm_fields.value_of(
         in_fields     => io_crm,
         in_field_name => 'sales_rep'
      );
      co_shown   constant crm_types.value_type := crm_fields.value_of(
         in_fields     => io_crm,
         in_field_name => 'industry'
      );
      l_known    pls_integer;
      l_industry erp.industries.description%type;
   begin
      if co_rep is not null then
         select count(*)
           into l_known
           from erp.sales_reps s
          where to_char(s.code) = co_rep;
         if l_known = 0 then
            crm_log.warn(
               in_scope   => co_scope || 'keep_acceptable',
               in_message => 'sales rep of the CRM is not known to the ERP',
               in_context => crm_log.pair(in_name => 'record_key', in_value => in_record_key) || ','
                             || crm_log.pair(in_name => 'sales_rep', in_value => co_rep)
            );
            io_crm.delete('sales_rep');
         end if;
      end if;
      if co_shown is not null then
         select min(i.description)
           into l_industry
           from erp.industries i
          where nlssort(i.description, 'NLS_SORT=BINARY_AI') = nlssort(co_shown, 'NLS_SORT=BINARY_AI');
         if l_industry is null then
            crm_log.warn(
               in_scope   => co_scope || 'keep_acceptable',
               in_message => 'industry of the CRM is not known to the ERP',
               in_context => crm_log.pair(in_name => 'record_key', in_value => in_record_key) || ','
                             || crm_log.pair(in_name => 'industry', in_value => co_shown)
            );
            io_crm.delete('industry');
         else
            io_crm('industry') := l_industry;
         end if;
      end if;
   end keep_acceptable;

   function lead_row(
      in_crm_id in leads.id%type,
      in_stage  in leads.stage%type,
      in_fields in crm_types.fields_type
   ) return leads%rowtype
   is
      r_lead leads%rowtype;
   begin
      r_lead.id                 := in_crm_id;
      r_lead.stage              := crm_rules.canonical(in_text => in_stage);
      r_lead.name               := in_fields('name');
      r_lead.taxid              := in_fields('taxid');
      r_lead.industry           := in_fields('industry');
      r_lead.phone              := in_fields('phone');
      r_lead.address_street     := in_fields('address_street');
      r_lead.address_zipcode    := in_fields('address_zipcode');
      r_lead.address_number     := in_fields('address_number');
      r_lead.address_complement := in_fields('address_complement');
      r_lead.address_district   := in_fields('address_district');
      r_lead.city               := in_fields('city');
      r_lead.state              := in_fields('state');
      r_lead.sales_rep          := to_number(in_fields('sales_rep'));
      r_lead.tax_registration   := in_fields('tax_registration');
      r_lead.client_code        := to_number(in_fields('client_code'));
      r_lead.financial_analysis := in_fields('financial_analysis');
      return r_lead;
   end lead_row;

   -- Its trigger takes the change into the ERP; a row that is equal already is not touched.
   procedure write_lead(in_lead in leads%rowtype)
   is
   begin
      -- plsqlcheck: allow waiting-lock because the record's row, held since before, keeps others away
      merge into leads tgt
      using (
               select in_lead.id as id
                 from dual
            ) src
         on (tgt.id = src.id)
       when matched then
            update
               set tgt.name               = in_lead.name,
                   tgt.stage              = in_lead.stage,
                   tgt.taxid              = in_lead.taxid,
                   tgt.industry           = in_lead.industry,
                   tgt.phone              = in_lead.phone,
                   tgt.address_street     = in_lead.address_street,
                   tgt.address_zipcode    = in_lead.address_zipcode,
                   tgt.address_number     = in_lead.address_number,
                   tgt.address_complement = in_lead.address_complement,
                   tgt.address_district   = in_lead.address_district,
                   tgt.city               = in_lead.city,
                   tgt.state              = in_lead.state,
                   tgt.sales_rep          = in_lead.sales_rep,
                   tgt.tax_registration   = in_lead.tax_registration,
                   tgt.client_code        = in_lead.client_code,
                   tgt.financial_analysis = in_lead.financial_analysis,
                   tgt.ended_on           = null,
                   tgt.end_reason         = null
             where decode(tgt.name, in_lead.name, 0, 1) = 1
                or decode(tgt.stage, in_lead.stage, 0, 1) = 1
                or decode(tgt.taxid, in_lead.taxid, 0, 1) = 1
                or decode(tgt.industry, in_lead.industry, 0, 1) = 1
                or decode(tgt.phone, in_lead.phone, 0, 1) = 1
                or decode(tgt.address_street, in_lead.address_street, 0, 1) = 1
                or decode(tgt.address_zipcode, in_lead.address_zipcode, 0, 1) = 1
                or decode(tgt.address_number, in_lead.address_number, 0, 1) = 1
                or decode(tgt.address_complement, in_lead.address_complement, 0, 1) = 1
                or decode(tgt.address_district, in_lead.address_district, 0, 1) = 1
                or decode(tgt.city, in_lead.city, 0, 1) = 1
                or decode(tgt.state, in_lead.state, 0, 1) = 1
                or decode(tgt.sales_rep, in_lead.sales_rep, 0, 1) = 1
                or decode(tgt.tax_registration, in_lead.tax_registration, 0, 1) = 1
                or decode(tgt.client_code, in_lead.client_code, 0, 1) = 1
                or decode(tgt.financial_analysis, in_lead.financial_analysis, 0, 1) = 1
                or tgt.ended_on is not null
       when not matched then
            insert (
               id, name, stage, taxid, industry, phone, address_street, address_zipcode, address_number,
               address_complement, address_district, city, state, sales_rep, tax_registration, client_code,
               financial_analysis
            ) values (
               in_lead.id, in_lead.name, in_lead.stage, in_lead.taxid, in_lead.industry, in_lead.phone,
               in_lead.address_street, in_lead.address_zipcode, in_lead.address_number, in_lead.address_complement,
               in_lead.address_district, in_lead.city, in_lead.state, in_lead.sales_rep, in_lead.tax_registration,
               in_lead.client_code, in_lead.financial_analysis
            );
   end write_lead;

   -- The fields as the CRM holds them, in the spelling of the ERP where the two count as equal.
   function agreed_image(
      in_document in clob,
      in_base     in crm_types.fields_type,
      in_erp      in crm_types.fields_type,
      in_crm      in crm_types.fields_type
   ) return clob
   is
      l_image json_object_t := json_object_t.parse(in_document);
      l_crm   crm_types.value_type;
   begin
      <<fields>>
      for r_policy in (
         select p.field_name, p.comparison
           from crm_field_policies p
          order by p.position
      ) loop
         l_crm := case
                     when in_crm.exists(r_policy.field_name) then in_crm(r_policy.field_name)
                     when in_base.count > 0
                     then crm_fields.value_of(in_fields => in_base, in_field_name => r_policy.field_name)
                     else crm_fields.value_of(in_fields => in_erp, in_field_name => r_policy.field_name)
                  end;
         if crm_rules.differs(
               in_comparison => r_policy.comparison,
               in_left       => crm_fields.value_of(in_fields => in_erp, in_field_name => r_policy.field_name),
               in_right      => l_crm
            )
         then
            if l_crm is null then
               l_image.put_null(r_policy.field_name);
            else
               l_image.put(r_policy.field_name, l_crm);
            end if;
         end if;
      end loop fields;
      return l_image.to_clob;
   end agreed_image;

   procedure send_again(in_record_key in crm_records.record_key%type)
   is
      co_record_keys constant crm_record_keys_ct := crm_record_keys_ct(in_record_key);
      t_event_ids    crm_ids_ct;
      t_versions     crm_ids_ct;
      l_event_id     crm_outbox_events.event_id%type;
      l_version      crm_outbox_events.version%type;
   begin
      crm_outbox.find_waiting(
         in_record_key => in_record_key,
         out_event_id  => l_event_id,
         out_version   => l_version
      );
      -- one that waits already is announced when the lease ends
      if l_event_id is null then
         crm_outbox.append(
            in_record_keys => co_record_keys,
            in_origin      => crm_types.co_origin_apply,
            out_event_ids  => t_event_ids,
            out_versions   => t_versions
         );
         crm_queue.announce_changes(
            in_event_ids   => t_event_ids,
            in_record_keys => co_record_keys,
            in_versions    => t_versions
         );
      end if;
   end send_again;

   -- A field that waits for a person counts as not read.
   procedure drop_undecided(
      in_decisions in            crm_merge.decisions_type,
      io_crm       in out nocopy crm_types.fields_type
   )
   is
   begin
      <<decisions>>
      for i in 1 .. in_decisions.count loop
         if in_decisions(i).taken is null then
            io_crm.delete(in_decisions(i).field_name);
         end if;
      end loop decisions;
   end drop_undecided;

   -- What the CRM was sent in the place of a value never comes into the ERP for it.
   procedure restore_replaced(
      in_erp    in            crm_types.fields_type,
      in_seen   in            crm_types.fields_type,
      io_merged in out nocopy crm_types.fields_type
   )
   is
      l_name crm_types.field_name_type := in_seen.first;
   begin
      <<fields>>
      while l_name is not null loop
         if in_seen(l_name) <> in_erp(l_name) and io_merged(l_name) = in_seen(l_name) then
            io_merged(l_name) := in_erp(l_name);
         end if;
         l_name := in_seen.next(l_name);
      end loop fields;
   end restore_replaced;

   -- UTC, when the ERP changed last since the agreement; null when it did not.
   function erp_change_time(in_record_key in crm_records.record_key%type) return timestamp
   is
      l_changed_on crm_outbox_events.created_on%type;
   begin
      select max(e.created_on)
        into l_changed_on
        from crm_records r
        join crm_outbox_events e
          on e.record_key = r.record_key
         and e.version > coalesce(r.agreed_version, 0)
       where r.record_key = in_record_key
         and e.origin = crm_types.co_origin_capture;
      return sys_extract_utc(l_changed_on);
   end erp_change_time;

   -- UTC, when the lead changed last; null when the text does not say so.
   function crm_change_time(in_updated_at in varchar2) return timestamp
   is
      co_iso_length constant pls_integer := 19;
   begin
      return case
                when regexp_like(in_updated_at, '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}') then
                   to_timestamp(substr(in_updated_at, 1, co_iso_length), 'YYYY-MM-DD"T"HH24:MI:SS')
             end;
   end crm_change_time;

   -- Merges, writes and agrees; the branch is locked.
   function apply_lead(
      in_inbox_id   in crm_inbox_events.inbox_id%type,
      in_record_key in crm_records.record_key%type,
      in_crm_id     in leads.id%type,
      in_stage      in leads.stage%type,
      in_crm        in crm_types.fields_type,
      in_crm_time   in timestamp
   ) return crm_types.status_type
   is
      r_before     record_state_type := record_state(in_record_key => in_record_key);
      r_after      record_state_type;
      t_base       crm_types.fields_type := fields_of_json(in_json => r_before.agreed_image);
      co_erp       constant crm_types.fields_type := fields_of_json(in_json => r_before.document);
      t_crm        crm_types.fields_type := in_crm;
      t_erp_seen   crm_types.fields_type := co_erp;
      t_acceptable crm_types.fields_type;
      t_erp        crm_types.fields_type;
      r_merge      crm_merge.merge_type;
      r_lead       leads%rowtype;
      l_new_stage  pls_integer;
      l_pending    boolean;
      l_image      crm_records.agreed_image%type;
   begin
      crm_guard.count_own_values(
         in_record_key => in_record_key,
         in_crm        => in_crm,
         io_base       => t_base
      );
      crm_substitute.see_through(
         in_record_key => in_record_key,
         io_erp        => t_erp_seen,
         io_crm        => t_crm
      );
      crm_conflict.leave_resting(
         in_record_key => in_record_key,
         in_erp        => co_erp,
         io_crm        => t_crm
      );
      t_acceptable := t_crm;
      keep_acceptable(
         in_record_key => in_record_key,
         io_crm        => t_acceptable
      );
      r_merge := crm_merge.merge_fields(
         in_base     => t_base,
         in_erp      => t_erp_seen,
         in_crm      => t_acceptable,
         in_erp_time => erp_change_time(in_record_key => in_record_key),
         in_crm_time => in_crm_time
      );
      restore_replaced(
         in_erp    => co_erp,
         in_seen   => t_erp_seen,
         io_merged => r_merge.merged
      );
      crm_conflict.keep_decisions(
         in_record_key => in_record_key,
         in_inbox_id   => in_inbox_id,
         in_decisions  => r_merge.decisions
      );
      drop_undecided(
         in_decisions => r_merge.decisions,
         io_crm       => t_crm
      );
      r_lead := lead_row(
         in_crm_id => in_crm_id,
         in_stage  => in_stage,
         in_fields => r_merge.merged
      );
      select count(*)
        into l_new_stage
        from leads l
       where l.id = r_lead.id
         and decode(l.stage, r_lead.stage, 0, 1) = 1;
      if r_merge.is_accepted then
         -- what the mirror held already would fire no trigger, and the ERP may have moved on since
         write_lead(
            in_lead => lead_row(
               in_crm_id => in_crm_id,
               in_stage  => in_stage,
               in_fields => co_erp
            )
         );
      end if;
      write_lead(in_lead => r_lead);
      -- read again: what counts is what the ERP made of it
      r_after   := record_state(in_record_key => in_record_key);
      t_erp     := fields_of_json(in_json => r_after.document);
      l_pending := crm_rules.is_pending(
         in_erp => t_erp,
         in_crm => t_crm
      );
      l_image := agreed_image(
         in_document => r_after.document,
         in_base     => t_base,
         in_erp      => t_erp,
         in_crm      => t_crm
      );
      crm_record.agree(
         in_record_key => in_record_key,
         in_crm_id     => in_crm_id,
         in_image      => l_image,
         in_hash       => case when not l_pending then hextoraw(r_after.row_hash) end
      );
      crm_substitute.forget_replaced(
         in_record_key => in_record_key,
         in_erp        => t_erp,
         in_image      => fields_of_json(in_json => l_image)
      );
      if l_pending then
         send_again(in_record_key => in_record_key);
      end if;
      return case
                when r_merge.is_echo and not r_merge.is_accepted and l_new_stage = 0 then crm_types.co_unchanged
                else crm_types.co_applied
             end;
   end apply_lead;

   procedure end_mirroring(
      in_crm_id in leads.id%type,
      in_stage  in leads.stage%type,
      in_reason in leads.end_reason%type
   )
   is
   begin
      -- plsqlcheck: allow waiting-lock because the record's row, held since before, keeps others away
      update leads l
         set l.stage      = coalesce(in_stage, l.stage),
             l.ended_on   = systimestamp,
             l.end_reason = in_reason
       where l.id = in_crm_id
         and l.ended_on is null;
   end end_mirroring;
end crm_leads;
/
