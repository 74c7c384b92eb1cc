create or replace package body crm_merge
is
   -- The side that wins a field that both changed; null: a person must decide.
   function winner(
      in_policy   in crm_field_policies.policy%type,
      in_erp_time in timestamp,
      in_crm_time in timestamp
   ) return varchar2
   is
   begin
      return case in_policy
                when co_manual then null
                when co_latest then
                   case when in_crm_time > in_erp_time then crm_types.co_crm else crm_types.co_erp end
                else in_policy
             end;
   end winner;

   -- One field; the three values and the policy are in io_decision.
   procedure merge_field(
      in_comparison in            crm_field_policies.comparison%type,
      in_is_read    in            boolean,
      in_erp_time   in            timestamp,
      in_crm_time   in            timestamp,
      io_decision   in out nocopy decision_type,
      io_merge      in out nocopy merge_type
   )
   is
      l_is_crm_change boolean;
      l_is_erp_change boolean;
   begin
      io_merge.merged(io_decision.field_name) := io_decision.erp_value;
      l_is_crm_change := in_is_read
                         and crm_rules.differs(
                                in_comparison => in_comparison,
                                in_left       => io_decision.base_value,
                                in_right      => io_decision.crm_value
                             );
      l_is_erp_change := crm_rules.differs(
                            in_comparison => in_comparison,
                            in_left       => io_decision.base_value,
                            in_right      => io_decision.erp_value
                         );
      if l_is_crm_change then
         io_merge.is_echo := false;
      end if;
      if l_is_crm_change
         and crm_rules.differs(
                in_comparison => in_comparison,
                in_left       => io_decision.erp_value,
                in_right      => io_decision.crm_value
             )
      then
         io_decision.taken := case
                                 when l_is_erp_change or io_decision.policy = crm_types.co_erp then
                                    winner(
                                       in_policy   => io_decision.policy,
                                       in_erp_time => in_erp_time,
                                       in_crm_time => in_crm_time
                                    )
                                 else crm_types.co_crm
                              end;
         if io_decision.taken = crm_types.co_crm then
            io_merge.merged(io_decision.field_name) := crm_rules.canonical(in_text => io_decision.crm_value);
            io_merge.is_accepted := true;
         end if;
         -- what changed in the CRM alone and is taken makes nobody give way
         if l_is_erp_change or io_decision.policy = crm_types.co_erp then
            io_merge.decisions(io_merge.decisions.count + 1) := io_decision;
         end if;
      end if;
   end merge_field;

   function decision_of(
      in_field_name in crm_types.field_name_type,
      in_policy     in crm_field_policies.policy%type,
      in_base       in crm_types.fields_type,
      in_erp        in crm_types.fields_type,
      in_crm        in crm_types.fields_type
   ) return decision_type
   is
      r_decision decision_type;
   begin
      r_decision.field_name := in_field_name;
      r_decision.policy     := in_policy;
      r_decision.base_value := crm_fields.value_of(in_fields => in_base, in_field_name => in_field_name);
      r_decision.erp_value  := crm_fields.value_of(in_fields => in_erp, in_field_name => in_field_name);
      r_decision.crm_value  := crm_fields.value_of(in_fields => in_crm, in_field_name => in_field_name);
      return r_decision;
   end decision_of;

   function merge_fields(
      in_base     in crm_types.fields_type,
      in_erp      in crm_types.fields_type,
      in_crm      in crm_types.fields_type,
      in_erp_time in timestamp default null,
      in_crm_time in timestamp default null
   ) return merge_type
   is
      co_has_base constant boolean := in_base.count > 0;
      r_merge     merge_type;
      r_decision  decision_type;
   begin
      r_merge.is_accepted := false;
      r_merge.is_echo     := co_has_base;
      <<fields>>
      for r_policy in (
         select p.field_name, p.policy, p.comparison
           from crm_field_policies p
          order by p.position
      ) loop
         r_decision := decision_of(
            in_field_name => r_policy.field_name,
            in_policy     => r_policy.policy,
            in_base       => in_base,
            in_erp        => in_erp,
            in_crm        => in_crm
         );
         merge_field(
            in_comparison => r_policy.comparison,
            in_is_read    => in_crm.exists(r_policy.field_name),
            in_erp_time   => in_erp_time,
            in_crm_time   => in_crm_time,
            io_decision   => r_decision,
            io_merge      => r_merge
         );
      end loop fields;
      return r_merge;
   end merge_fields;

   function merge_contact(
      in_base in crm_types.fields_type,
      in_erp  in crm_types.fields_type,
      in_crm  in crm_types.fields_type
   ) return merge_type
   is
      co_has_base constant boolean := in_base.count > 0;
      r_merge     merge_type;
      r_decision  decision_type;
   begin
      r_merge.is_accepted := false;
      r_merge.is_echo     := co_has_base;
      <<fields>>
      for r_policy in (
         select p.field_name, p.policy, p.comparison
           from crm_contact_policies p
          where p.field_name <> co_is_primary
          order by p.position
      ) loop
         r_decision := decision_of(
            in_field_name => r_policy.field_name,
            in_policy     => r_policy.policy,
            in_base       => in_base,
            in_erp        => in_erp,
            in_crm        => in_crm
         );
         merge_field(
            in_comparison => r_policy.comparison,
            in_is_read    => in_crm.exists(r_policy.field_name),
            in_erp_time   => null,
            in_crm_time   => null,
            io_decision   => r_decision,
            io_merge      => r_merge
         );
      end loop fields;
      return r_merge;
   end merge_contact;
end crm_merge;
/
