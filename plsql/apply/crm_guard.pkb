create or replace package body crm_guard
is
   -- Has an attempt whose outcome is not known sent this value?
   function is_own_value(
      in_record_key in crm_records.record_key%type,
      in_field_name in crm_field_policies.field_name%type,
      in_comparison in crm_field_policies.comparison%type,
      in_value      in varchar2
   ) return boolean
   is
   begin
      <<attempted>>
      for r_event in (
         select e.document
           from crm_records r
           join crm_outbox_events e
             on e.record_key = r.record_key
          where r.record_key = in_record_key
            and instr(r.doubtful_fields, '"' || in_field_name || '"') > 0
            and e.version > coalesce(r.agreed_version, 0)
            and e.attempts > 0
            and e.document is not null
      ) loop
         if not crm_rules.differs(
                   in_comparison => in_comparison,
                   in_left       => crm_fields.text_of(json_object_t.parse(r_event.document), in_field_name),
                   in_right      => in_value
                )
         then
            return true;
         end if;
      end loop attempted;
      return false;
   end is_own_value;

   -- The change without the fields: their agreed values stay, so that a merge sees both sides changed.
   procedure withhold(
      in_event  in crm_outbox_events%rowtype,
      in_base   in json_object_t,
      in_unseen in json_array_t
   )
   is
      l_document json_object_t := crm_fields.parsed(in_json => in_event.document);
      l_changed  json_array_t := json_array_t.parse(in_event.changed_fields);
      l_rest     json_array_t := json_array_t();
      l_field    crm_field_policies.field_name%type;
   begin
      <<unseen>>
      for i in 0 .. in_unseen.get_size - 1 loop
         l_field := crm_fields.text_of(in_unseen, i);
         if in_base is null or crm_fields.text_of(in_base, l_field) is null then
            l_document.put_null(l_field);
         else
            l_document.put(l_field, crm_fields.text_of(in_base, l_field));
         end if;
      end loop unseen;
      <<changed>>
      for i in 0 .. l_changed.get_size - 1 loop
         if instr(in_unseen.to_string, '"' || crm_fields.text_of(l_changed, i) || '"') = 0 then
            l_rest.append(crm_fields.text_of(l_changed, i));
         end if;
      end loop changed;
      crm_outbox.narrow(
         in_event_id       => in_event.event_id,
         in_document       => l_document.to_clob,
         in_changed_fields => l_rest.to_string
      );
   end withhold;

   function hint(
      in_event  in crm_outbox_events%rowtype,
      in_crm_id in crm_records.crm_id%type
   ) return crm_inbox_events.inbox_id%type
   is
      l_dedupe_key   crm_inbox_events.dedupe_key%type;
      l_inbox_id     crm_inbox_events.inbox_id%type;
      l_is_duplicate crm_types.flag_type;
   begin
      select lower(rawtohex(standard_hash(co_source || ':' || in_event.event_id || ':' || in_event.attempts, 'SHA256')))
        into l_dedupe_key
        from dual;
      crm_inbox.store(
         in_source        => co_source,
         in_event_type    => crm_types.co_lead_updated,
         in_dedupe_key    => l_dedupe_key,
         in_crm_id        => in_crm_id,
         in_body          => null,
         in_fields        => null,
         out_inbox_id     => l_inbox_id,
         out_is_duplicate => l_is_duplicate
      );
      return l_inbox_id;
   end hint;

   procedure check_unseen(
      in_event_id    in  crm_outbox_events.event_id%type,
      in_fence_token in  crm_outbox_events.fence_token%type,
      in_crm_id      in  crm_records.crm_id%type,
      in_seen        in  clob,
      out_unseen     out crm_outbox_events.changed_fields%type,
      out_inbox_id   out crm_inbox_events.inbox_id%type
   )
   is
      co_seen  constant json_object_t := crm_fields.parsed(in_json => in_seen);
      r_event  crm_outbox_events%rowtype;
      l_image  crm_records.agreed_image%type;
      l_base   json_object_t;
      l_erp    json_object_t;
      l_unseen json_array_t := json_array_t();
      l_value  crm_types.value_type;
   begin
      crm_outbox.assert_claim(
         in_event_id    => in_event_id,
         in_fence_token => in_fence_token,
         out_event      => r_event
      );
      select coalesce(r.agreed_image, r.left_image)
        into l_image
        from crm_records r
       where r.record_key = r_event.record_key;
      if l_image is not null then
         l_base := crm_fields.parsed(in_json => l_image);
      end if;
      l_erp := crm_fields.parsed(in_json => r_event.document);
      <<guarded>>
      for r_policy in (
         select p.field_name, p.comparison
           from crm_field_policies p
          where p.policy <> crm_types.co_erp
          order by p.position
      ) loop
         if co_seen.has(r_policy.field_name) then
            l_value := crm_fields.text_of(co_seen, r_policy.field_name);
            if crm_rules.differs(
                  in_comparison => r_policy.comparison,
                  in_left       => crm_fields.text_of(l_erp, r_policy.field_name),
                  in_right      => l_value
               )
               and crm_rules.differs(
                      in_comparison => r_policy.comparison,
                      in_left       => case
                                          when l_base is not null then
                                             crm_fields.text_of(l_base, r_policy.field_name)
                                       end,
                      in_right      => l_value
                   )
               and not is_own_value(
                          in_record_key => r_event.record_key,
                          in_field_name => r_policy.field_name,
                          in_comparison => r_policy.comparison,
                          in_value      => l_value
                       )
            then
               l_unseen.append(r_policy.field_name);
            end if;
         end if;
      end loop guarded;
      if l_unseen.get_size > 0 then
         withhold(
            in_event  => r_event,
            in_base   => l_base,
            in_unseen => l_unseen
         );
         out_inbox_id := hint(
            in_event  => r_event,
            in_crm_id => in_crm_id
         );
      end if;
      out_unseen := l_unseen.to_string;
   end check_unseen;

   procedure count_own_values(
      in_record_key in            crm_records.record_key%type,
      in_crm        in            crm_types.fields_type,
      io_base       in out nocopy crm_types.fields_type
   )
   is
      l_base crm_types.value_type;
   begin
      if io_base.count = 0 then
         return;
      end if;
      <<doubtful>>
      for r_policy in (
         select p.field_name, p.comparison
           from crm_records r
           join crm_field_policies p
             on instr(r.doubtful_fields, '"' || p.field_name || '"') > 0
          where r.record_key = in_record_key
          order by p.position
      ) loop
         if in_crm.exists(r_policy.field_name) then
            l_base := case when io_base.exists(r_policy.field_name) then io_base(r_policy.field_name) end;
            if crm_rules.differs(
                  in_comparison => r_policy.comparison,
                  in_left       => l_base,
                  in_right      => in_crm(r_policy.field_name)
               )
               and is_own_value(
                      in_record_key => in_record_key,
                      in_field_name => r_policy.field_name,
                      in_comparison => r_policy.comparison,
                      in_value      => in_crm(r_policy.field_name)
                   )
            then
               io_base(r_policy.field_name) := in_crm(r_policy.field_name);
            end if;
         end if;
      end loop doubtful;
   end count_own_values;
end crm_guard;
/
