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
      in_event      in crm_outbox_events%rowtype,
      in_crm_id     in crm_records.crm_id%type,
      in_event_type in crm_inbox_events.event_type%type default crm_types.co_lead_updated
   ) return crm_inbox_events.inbox_id%type
   is
      l_dedupe_key   crm_inbox_events.dedupe_key%type;
      l_inbox_id     crm_inbox_events.inbox_id%type;
      l_is_duplicate crm_types.flag_type;
   begin
      select lower(rawtohex(standard_hash(
                co_source || ':' || in_event.event_id || ':' || in_event.attempts
                || case when in_event_type <> crm_types.co_lead_updated then ':' || in_event_type end,
                'SHA256'
             )))
        into l_dedupe_key
        from dual;
      crm_inbox.store(
         in_source        => co_source,
         in_event_type    => in_event_type,
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

   function step_of(
      in_steps      in json_array_t,
      in_contact_id in crm_contact_records.contact_id%type
   ) return json_object_t
   is
      l_step json_object_t;
   begin
      <<steps>>
      for i in 0 .. in_steps.get_size - 1 loop
         l_step := treat(in_steps.get(i) as json_object_t);
         if l_step.has('contact_id') and l_step.get_number('contact_id') = in_contact_id then
            return l_step;
         end if;
      end loop steps;
      return null;
   end step_of;

   -- Has an attempt without an answer sent this value of the contact?
   function is_own_contact_value(
      in_contact_id in crm_contact_records.contact_id%type,
      in_field_name in crm_contact_policies.field_name%type,
      in_comparison in crm_contact_policies.comparison%type,
      in_value      in varchar2
   ) return boolean
   is
      l_step json_object_t;
   begin
      <<attempted>>
      for r_event in (
         select e.steps
           from crm_contact_records r
           join crm_outbox_events e
             on e.record_key = r.record_key
          where r.contact_id = in_contact_id
            and r.is_in_doubt = crm_types.co_yes
            and coalesce(instr(r.doubtful_fields, '"' || in_field_name || '"'), 1) > 0
            and e.attempts > 0
            and e.steps is not null
            and (e.settled_on is null or r.agreed_on is null or e.settled_on >= r.agreed_on)
      ) loop
         l_step := step_of(
            in_steps      => json_array_t.parse(r_event.steps),
            in_contact_id => in_contact_id
         );
         if l_step is not null
            and not crm_rules.differs(
                       in_comparison => in_comparison,
                       in_left       => crm_contact_match.erp_form(
                                           in_field_name => in_field_name,
                                           in_value      => crm_fields.text_of(
                                                               l_step.get_object('fields'), in_field_name
                                                            )
                                        ),
                       in_right      => in_value
                    )
         then
            return true;
         end if;
      end loop attempted;
      return false;
   end is_own_contact_value;

   -- Has a user made another person the main contact, one that both sides know?
   function is_other_chosen(
      in_record_key in crm_records.record_key%type,
      in_person_id  in crm_contact_records.person_id%type,
      in_main_id    in crm_contact_records.person_id%type
   ) return boolean
   is
      l_others pls_integer;
   begin
      select count(*)
        into l_others
        from crm_contact_records r
       where r.record_key = in_record_key
         and r.person_id = in_main_id
         and r.is_in_doubt = crm_types.co_no
         and (in_person_id is null or r.person_id <> in_person_id)
         and json_value(r.agreed_image, '$.is_primary') = 'N';
      return l_others > 0;
   end is_other_chosen;

   -- The step without the fields: their agreed values stay, so that a merge sees both sides changed.
   procedure withhold_of_step(
      in_base   in            crm_types.fields_type,
      in_unseen in            json_array_t,
      io_step   in out nocopy json_object_t
   )
   is
      l_fields  json_object_t := io_step.get_object('fields');
      l_changed json_array_t := io_step.get_array('changed');
      l_rest    json_array_t := json_array_t();
      l_field   crm_contact_policies.field_name%type;
      l_value   crm_types.value_type;
   begin
      <<unseen>>
      for i in 0 .. in_unseen.get_size - 1 loop
         l_field := crm_fields.text_of(in_unseen, i);
         l_value := crm_fields.value_of(in_fields => in_base, in_field_name => l_field);
         if l_value is null then
            l_fields.put_null(l_field);
         else
            l_fields.put(l_field, l_value);
         end if;
      end loop unseen;
      <<changed>>
      for i in 0 .. l_changed.get_size - 1 loop
         if instr(in_unseen.to_string, '"' || crm_fields.text_of(l_changed, i) || '"') = 0 then
            l_rest.append(crm_fields.text_of(l_changed, i));
         end if;
      end loop changed;
      io_step.put('fields', l_fields);
      io_step.put('changed', l_rest);
   end withhold_of_step;

   function with_step(
      in_steps      in json_array_t,
      in_contact_id in crm_contact_records.contact_id%type,
      in_step       in json_object_t
   ) return clob
   is
      l_steps json_array_t := json_array_t();
      l_step  json_object_t;
   begin
      <<steps>>
      for i in 0 .. in_steps.get_size - 1 loop
         l_step := treat(in_steps.get(i) as json_object_t);
         if l_step.has('contact_id') and l_step.get_number('contact_id') = in_contact_id then
            l_steps.append(in_step);
         else
            l_steps.append(l_step);
         end if;
      end loop steps;
      return l_steps.to_clob;
   end with_step;

   -- The agreed values of a contact, as they were written; empty: nothing was agreed.
   function agreed_contact(in_contact_id in crm_contact_records.contact_id%type) return crm_types.fields_type
   is
      t_base  crm_types.fields_type;
      l_image json_object_t;
   begin
      <<images>>
      for r_contact in (
         select r.agreed_image
           from crm_contact_records r
          where r.contact_id = in_contact_id
            and r.agreed_image is not null
      ) loop
         l_image := crm_fields.parsed(in_json => r_contact.agreed_image);
         <<fields>>
         for r_policy in (
            select p.field_name
              from crm_contact_policies p
         ) loop
            t_base(r_policy.field_name) := crm_fields.text_of(l_image, r_policy.field_name);
         end loop fields;
      end loop images;
      return t_base;
   end agreed_contact;

   procedure check_unseen_contact(
      in_event_id    in  crm_outbox_events.event_id%type,
      in_fence_token in  crm_outbox_events.fence_token%type,
      in_crm_id      in  crm_records.crm_id%type,
      in_contact_id  in  crm_contact_records.contact_id%type,
      in_seen        in  clob,
      in_main_id     in  crm_contact_records.person_id%type,
      out_unseen     out crm_outbox_events.changed_fields%type,
      out_inbox_id   out crm_inbox_events.inbox_id%type
   )
   is
      co_seen  constant json_object_t := crm_fields.parsed(in_json => in_seen);
      r_event  crm_outbox_events%rowtype;
      t_base   crm_types.fields_type;
      l_steps  json_array_t;
      l_step   json_object_t;
      l_erp    json_object_t;
      l_unseen json_array_t := json_array_t();
      l_value  crm_types.value_type;
   begin
      crm_outbox.assert_claim(
         in_event_id    => in_event_id,
         in_fence_token => in_fence_token,
         out_event      => r_event
      );
      if r_event.steps is not null then
         l_steps := json_array_t.parse(r_event.steps);
         l_step  := step_of(
            in_steps      => l_steps,
            in_contact_id => in_contact_id
         );
      end if;
      if l_step is null then
         crm_err.raise_error(
            in_number => crm_err.co_invalid_argument,
            in_detail => 'event ' || in_event_id || ' has no step of contact ' || in_contact_id
         );
      end if;
      l_erp  := l_step.get_object('fields');
      t_base := agreed_contact(in_contact_id => in_contact_id);
      <<guarded>>
      for r_policy in (
         select p.field_name, p.comparison
           from crm_contact_policies p
          where p.policy <> crm_types.co_erp
          order by p.position
      ) loop
         if co_seen.has(r_policy.field_name) then
            l_value := crm_contact_match.erp_form(
               in_field_name => r_policy.field_name,
               in_value      => crm_fields.text_of(co_seen, r_policy.field_name)
            );
            if r_policy.field_name = crm_merge.co_is_primary then
               -- a branch has one main contact, so the choice of another one counts, not what this one shows
               if crm_fields.text_of(l_erp, r_policy.field_name) = crm_types.co_yes
                  and is_other_chosen(
                         in_record_key => r_event.record_key,
                         in_person_id  => l_step.get_number('person_id'),
                         in_main_id    => in_main_id
                      )
               then
                  l_unseen.append(r_policy.field_name);
               end if;
            -- without a name a person is no contact: the merge would not take it
            elsif (l_value is not null or r_policy.field_name <> 'name')
               and crm_rules.differs(
                      in_comparison => r_policy.comparison,
                      in_left       => crm_contact_match.erp_form(
                                          in_field_name => r_policy.field_name,
                                          in_value      => crm_fields.text_of(l_erp, r_policy.field_name)
                                       ),
                      in_right      => l_value
                   )
               and crm_rules.differs(
                      in_comparison => r_policy.comparison,
                      in_left       => crm_contact_match.erp_form(
                                          in_field_name => r_policy.field_name,
                                          in_value      => crm_fields.value_of(
                                                              in_fields     => t_base,
                                                              in_field_name => r_policy.field_name
                                                           )
                                       ),
                      in_right      => l_value
                   )
               and not is_own_contact_value(
                          in_contact_id => in_contact_id,
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
         withhold_of_step(
            in_base   => t_base,
            in_unseen => l_unseen,
            io_step   => l_step
         );
         crm_outbox.narrow_steps(
            in_event_id => in_event_id,
            in_steps    => with_step(
                              in_steps      => l_steps,
                              in_contact_id => in_contact_id,
                              in_step       => l_step
                           )
         );
         out_inbox_id := hint(
            in_event      => r_event,
            in_crm_id     => in_crm_id,
            in_event_type => crm_types.co_person_updated
         );
      end if;
      out_unseen := l_unseen.to_string;
   end check_unseen_contact;

   procedure count_own_contact_values(
      in_contact_id in            crm_contact_records.contact_id%type,
      in_crm        in            crm_types.fields_type,
      io_base       in out nocopy crm_types.fields_type
   )
   is
   begin
      <<doubtful>>
      for r_policy in (
         select p.field_name, p.comparison
           from crm_contact_records r
           join crm_contact_policies p
             on coalesce(instr(r.doubtful_fields, '"' || p.field_name || '"'), 1) > 0
          where r.contact_id = in_contact_id
            and r.is_in_doubt = crm_types.co_yes
          order by p.position
      ) loop
         if in_crm.exists(r_policy.field_name)
            and crm_rules.differs(
                   in_comparison => r_policy.comparison,
                   in_left       => crm_fields.value_of(in_fields => io_base, in_field_name => r_policy.field_name),
                   in_right      => in_crm(r_policy.field_name)
                )
            and is_own_contact_value(
                   in_contact_id => in_contact_id,
                   in_field_name => r_policy.field_name,
                   in_comparison => r_policy.comparison,
                   in_value      => in_crm(r_policy.field_name)
                )
         then
            io_base(r_policy.field_name) := in_crm(r_policy.field_name);
         end if;
      end loop doubtful;
   end count_own_contact_values;

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
