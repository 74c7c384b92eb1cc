create or replace package body crm_test_properties
is
   co_most_deliveries constant pls_integer := 5;

   function fields_of(
      in_case in json_object_t,
      in_side in varchar2
   ) return crm_types.fields_type
   is
      l_fields json_object_t := in_case.get_object(in_side);
      t_fields crm_types.fields_type;
   begin
      if l_fields is not null then
         <<fields>>
         for r_policy in (
            select p.field_name
              from crm_field_policies p
             order by p.position
         ) loop
            if l_fields.has(r_policy.field_name) then
               t_fields(r_policy.field_name) := crm_fields.text_of(l_fields, r_policy.field_name);
            end if;
         end loop fields;
      end if;
      return t_fields;
   end fields_of;

   procedure set_policies(in_case in json_object_t)
   is
      l_policies json_object_t := in_case.get_object('policies');
      l_policy   crm_field_policies.policy%type;
   begin
      <<fields>>
      for r_policy in (
         select p.field_name
           from crm_field_policies p
      ) loop
         if l_policies.has(r_policy.field_name) then
            l_policy := crm_fields.text_of(l_policies, r_policy.field_name);
            update crm_field_policies p
               set p.policy = l_policy
             where p.field_name = r_policy.field_name;
         end if;
      end loop fields;
   end set_policies;

   procedure put_value(
      io_object in out json_object_t,
      in_name   in     varchar2,
      in_value  in     varchar2
   )
   is
   begin
      if in_value is null then
         io_object.put_null(in_name);
      else
         io_object.put(in_name, in_value);
      end if;
   end put_value;

   function time_of(
      in_case in json_object_t,
      in_name in varchar2
   ) return timestamp
   is
   begin
      return to_timestamp(crm_fields.text_of(in_case, in_name), 'YYYY-MM-DD"T"HH24:MI:SS');
   end time_of;

   function shown(in_merge in crm_merge.merge_type) return json_object_t
   is
      l_result    json_object_t := json_object_t();
      l_merged    json_object_t := json_object_t();
      l_decisions json_array_t := json_array_t();
      l_decision  json_object_t;
      l_field     crm_types.field_name_type := in_merge.merged.first;
   begin
      <<merged>>
      while l_field is not null loop
         put_value(l_merged, l_field, in_merge.merged(l_field));
         l_field := in_merge.merged.next(l_field);
      end loop merged;
      <<decisions>>
      for i in 1 .. in_merge.decisions.count loop
         l_decision := json_object_t();
         put_value(l_decision, 'field_name', in_merge.decisions(i).field_name);
         put_value(l_decision, 'policy', in_merge.decisions(i).policy);
         put_value(l_decision, 'base_value', in_merge.decisions(i).base_value);
         put_value(l_decision, 'erp_value', in_merge.decisions(i).erp_value);
         put_value(l_decision, 'crm_value', in_merge.decisions(i).crm_value);
         put_value(l_decision, 'taken', in_merge.decisions(i).taken);
         l_decisions.append(l_decision);
      end loop decisions;
      l_result.put('merged', l_merged);
      l_result.put('is_accepted', in_merge.is_accepted);
      l_result.put('is_echo', in_merge.is_echo);
      l_result.put('decisions', l_decisions);
      return l_result;
   end shown;

   procedure merge_batch(
      in_cases    in  clob,
      out_results out clob
   )
   is
      co_cases  constant json_array_t := json_array_t.parse(in_cases);
      l_results json_array_t := json_array_t();
      l_case    json_object_t;
   begin
      <<cases>>
      for i in 0 .. co_cases.get_size - 1 loop
         l_case := treat(co_cases.get(i) as json_object_t);
         set_policies(in_case => l_case);
         l_results.append(
            shown(
               crm_merge.merge_fields(
                  in_base     => fields_of(l_case, 'base'),
                  in_erp      => fields_of(l_case, 'erp'),
                  in_crm      => fields_of(l_case, 'crm'),
                  in_erp_time => time_of(l_case, 'erp_time'),
                  in_crm_time => time_of(l_case, 'crm_time')
               )
            )
         );
      end loop cases;
      out_results := l_results.to_clob;
   end merge_batch;

   function document_of(in_record_key in crm_records.record_key%type) return json_object_t
   is
      l_document clob;
   begin
      select c.document
        into l_document
        from crm_client_rows_v c
       where c.record_key = in_record_key;
      return json_object_t.parse(l_document);
   end document_of;

   function credit_rows(in_branch_code in erp.branches.code%type) return pls_integer
   is
      l_rows pls_integer;
   begin
      select count(*)
        into l_rows
        from erp.credit_limit_history h
       where h.client_code = crm_test_fixture.co_client_code
         and h.branch_code = in_branch_code;
      return l_rows;
   end credit_rows;

   procedure edit_erp(
      in_branch_code in erp.branches.code%type,
      in_edits       in json_object_t
   )
   is
      co_has_phone    constant boolean := in_edits.has('phone');
      co_has_rep      constant boolean := in_edits.has('sales_rep');
      co_has_industry constant boolean := in_edits.has('industry_id');
      co_has_street   constant boolean := in_edits.has('address_street');
      r_branch        erp.branches%rowtype;
      l_analysis      erp.credit_limit_history.financial_analysis%type;
   begin
      select b.*
        into r_branch
        from erp.branches b
       where b.client_code = crm_test_fixture.co_client_code
         and b.code = in_branch_code;
      if co_has_phone then
         r_branch.phone := crm_fields.text_of(in_edits, 'phone');
      end if;
      if co_has_rep then
         r_branch.sales_rep := in_edits.get_number('sales_rep');
      end if;
      if co_has_industry then
         r_branch.industry_id := in_edits.get_number('industry_id');
      end if;
      if co_has_street then
         r_branch.address_street := crm_fields.text_of(in_edits, 'address_street');
      end if;
      update erp.branches b
         set b.phone          = r_branch.phone,
             b.sales_rep      = r_branch.sales_rep,
             b.industry_id    = r_branch.industry_id,
             b.address_street = r_branch.address_street
       where b.client_code = crm_test_fixture.co_client_code
         and b.code = in_branch_code;
      if in_edits.has('financial_analysis') then
         l_analysis := crm_fields.text_of(in_edits, 'financial_analysis');
         insert into erp.credit_limit_history (client_code, branch_code, changed_on, credit_limit, financial_analysis)
         values (crm_test_fixture.co_client_code, in_branch_code, sysdate, 1, l_analysis);
      end if;
   end edit_erp;

   -- What the CRM holds after the edits of its users.
   procedure edit_crm(
      io_crm   in out json_object_t,
      in_edits in     json_object_t
   )
   is
   begin
      <<fields>>
      for r_policy in (
         select p.field_name
           from crm_field_policies p
      ) loop
         if in_edits.has(r_policy.field_name) then
            put_value(io_crm, r_policy.field_name, crm_fields.text_of(in_edits, r_policy.field_name));
         end if;
      end loop fields;
   end edit_crm;

   -- Delivers until nothing waits; the CRM takes the fields that are sent.
   procedure deliver_all(
      in_crm_id      in     crm_records.crm_id%type,
      io_crm         in out json_object_t,
      out_deliveries out    pls_integer
   )
   is
      r_event    crm_outbox_events%rowtype;
      l_document json_object_t;
      l_changed  json_array_t;
   begin
      out_deliveries := 0;
      <<waiting>>
      loop
         r_event := crm_test_fixture.claim_one;
         exit waiting when r_event.event_id is null or out_deliveries >= co_most_deliveries;
         out_deliveries := out_deliveries + 1;
         l_document := json_object_t.parse(r_event.document);
         l_changed  := json_array_t.parse(r_event.changed_fields);
         <<fields>>
         for i in 0 .. l_changed.get_size - 1 loop
            put_value(
               io_crm, crm_fields.text_of(l_changed, i),
               crm_fields.text_of(l_document, crm_fields.text_of(l_changed, i))
            );
         end loop fields;
         crm_test_fixture.settle(
            in_event   => r_event,
            in_outcome => 'DELIVERED',
            in_crm_id  => in_crm_id
         );
      end loop waiting;
   end deliver_all;

   function applied(
      in_branch_code in erp.branches.code%type,
      in_case        in json_object_t
   ) return json_object_t
   is
      co_crm_id    constant crm_records.crm_id%type := crm_test_fixture.co_crm_id + in_branch_code;
      co_key       constant crm_records.record_key%type := crm_test_fixture.new_synced_branch(
         in_branch_code => in_branch_code,
         in_crm_id      => co_crm_id
      );
      l_result     json_object_t := json_object_t();
      l_crm        json_object_t := document_of(co_key);
      l_results    json_array_t := json_array_t();
      l_credit     json_array_t := json_array_t();
      l_conflicts  clob;
      l_deliveries pls_integer;
   begin
      l_result.put('before', document_of(co_key));
      l_crm.put('crm_id', co_crm_id);
      l_crm.put('stage', crm_test_fixture.co_mirrored);
      set_policies(in_case => in_case);
      edit_erp(
         in_branch_code => in_branch_code,
         in_edits       => in_case.get_object('erp')
      );
      edit_crm(
         io_crm   => l_crm,
         in_edits => in_case.get_object('crm')
      );
      l_credit.append(credit_rows(in_branch_code));
      <<reads>>
      for i in 1 .. 2 loop
         l_results.append(
            crm_test_fixture.apply(
               in_lead   => l_crm.to_clob,
               in_crm_id => co_crm_id
            )
         );
         l_credit.append(credit_rows(in_branch_code));
         l_result.put(case i when 1 then 'after_apply' else 'after_again' end, document_of(co_key));
      end loop reads;
      deliver_all(
         in_crm_id      => co_crm_id,
         io_crm         => l_crm,
         out_deliveries => l_deliveries
      );
      select json_arrayagg(c.field_name order by c.conflict_id)
        into l_conflicts
        from crm_conflicts c
       where c.record_key = co_key
         and c.status = 'OPEN';
      l_result.put('after_all', document_of(co_key));
      l_result.put('crm', l_crm);
      l_result.put('image', json_object_t.parse(crm_test_fixture.record_of(co_key).agreed_image));
      l_result.put('is_hashed', crm_test_fixture.record_of(co_key).agreed_hash is not null);
      l_result.put('results', l_results);
      l_result.put('deliveries', l_deliveries);
      l_result.put('credit_rows', l_credit);
      l_result.put('conflicts', json_array_t.parse(coalesce(l_conflicts, '[]')));
      return l_result;
   end applied;

   procedure apply_batch(
      in_cases    in  clob,
      out_results out clob
   )
   is
      co_cases  constant json_array_t := json_array_t.parse(in_cases);
      l_results json_array_t := json_array_t();
   begin
      crm_test_fixture.quiet;
      <<cases>>
      for i in 0 .. co_cases.get_size - 1 loop
         l_results.append(
            applied(
               in_branch_code => i + 1,
               in_case        => treat(co_cases.get(i) as json_object_t)
            )
         );
      end loop cases;
      out_results := l_results.to_clob;
   end apply_batch;

   function is_different(
      in_comparison in varchar2,
      in_left       in varchar2,
      in_right      in varchar2
   ) return varchar2
   is
   begin
      return case
                when crm_rules.differs(
                        in_comparison => in_comparison,
                        in_left       => in_left,
                        in_right      => in_right
                     )
                then crm_types.co_yes
                else crm_types.co_no
             end;
   end is_different;

   function stage_name(in_stage in varchar2) return varchar2
   is
   begin
      return crm_rules.stage_name(in_stage => in_stage);
   end stage_name;

   function phone_form(in_phone in varchar2) return varchar2
   is
   begin
      return crm_contact_match.erp_form(
         in_field_name => 'phone',
         in_value      => in_phone
      );
   end phone_form;
end crm_test_properties;
/
