create or replace package body crm_merge
is
   function value_of(
      in_fields     in crm_types.fields_type,
      in_field_name in crm_types.field_name_type
   ) return varchar2
   is
   begin
      return case when in_fields.exists(in_field_name) then in_fields(in_field_name) end;
   end value_of;

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

   function merge_fields(
      in_base     in crm_types.fields_type,
      in_erp      in crm_types.fields_type,
      in_crm      in crm_types.fields_type,
      in_erp_time in timestamp default null,
      in_crm_time in timestamp default null
   ) return merge_type
   is
      co_has_base     constant boolean := in_base.count > 0;
      r_merge         merge_type;
      r_decision      decision_type;
      l_is_crm_change boolean;
      l_is_erp_change boolean;
   begin
      r_merge.is_accepted := false;
      r_merge.is_echo     := co_has_base;
      <<fields>>
      for r_policy in (
         select p.field_name, p.policy, p.comparison
           from crm_field_policies p
          order by p.position
      ) loop
         r_decision.field_name := r_policy.field_name;
         r_decision.policy     := r_policy.policy;
         r_decision.base_value := value_of(in_fields => in_base, in_field_name => r_policy.field_name);
         r_decision.erp_value  := value_of(in_fields => in_erp, in_field_name => r_policy.field_name);
         r_decision.crm_value  := value_of(in_fields => in_crm, in_field_name => r_policy.field_name);
         r_merge.merged(r_policy.field_name) := r_decision.erp_value;
         l_is_crm_change := in_crm.exists(r_policy.field_name)
                            and crm_rules.differs(
                                   in_comparison => r_policy.comparison,
                                   in_left       => r_decision.base_value,
                                   in_right      => r_decision.crm_value
                                );
         l_is_erp_change := crm_rules.differs(
                               in_comparison => r_policy.comparison,
                               in_left       => r_decision.base_value,
                               in_right      => r_decision.erp_value
                            );
         if l_is_crm_change then
            r_merge.is_echo := false;
         end if;
         if l_is_crm_change
            and crm_rules.differs(
                   in_comparison => r_policy.comparison,
                   in_left       => r_decision.erp_value,
                   in_right      => r_decision.crm_value
                )
         then
            r_decision.taken := case
                                   when l_is_erp_change or r_policy.policy = crm_types.co_erp then
                                      winner(
                                         in_policy   => r_policy.policy,
                                         in_erp_time => in_erp_time,
                                         in_crm_time => in_crm_time
                                      )
                                   else crm_types.co_crm
                                end;
            if r_decision.taken = crm_types.co_crm then
               r_merge.merged(r_policy.field_name) := crm_rules.canonical(in_text => r_decision.crm_value);
               r_merge.is_accepted := true;
            end if;
            -- what changed in the CRM alone and is taken makes nobody give way
            if l_is_erp_change or r_policy.policy = crm_types.co_erp then
               r_merge.decisions(r_merge.decisions.count + 1) := r_decision;
            end if;
         end if;
      end loop fields;
      return r_merge;
   end merge_fields;
end crm_merge;
/
