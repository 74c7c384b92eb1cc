create or replace package body crm_rules
is
   function canonical(in_text in varchar2) return varchar2 deterministic
   is
   begin
      return trim(replace(compose(in_text), to_char(unistr('\00A0')), ' '));
   end canonical;

   function folded(in_text in varchar2) return varchar2 deterministic
   is
   begin
      return rawtohex(nlssort(canonical(in_text => in_text), 'NLS_SORT=BINARY_AI'));
   end folded;

   function differs(
      in_comparison in crm_field_policies.comparison%type,
      in_left       in varchar2,
      in_right      in varchar2
   ) return boolean deterministic
   is
      l_left  crm_types.value_type := canonical(in_text => in_left);
      l_right crm_types.value_type := canonical(in_text => in_right);
   begin
      if in_comparison = crm_types.co_folded then
         l_left  := folded(in_text => l_left);
         l_right := folded(in_text => l_right);
      end if;
      return case
                when l_left is null then l_right is not null
                when l_right is null then true
                else l_left <> l_right
             end;
   end differs;

   -- Modulo 11 from the right, with weights from 2 to the highest and again from 2.
   function check_digit(
      in_text           in varchar2,
      in_highest_weight in pls_integer
   ) return varchar2 deterministic
   is
      co_zero  constant pls_integer := ascii('0');
      co_base  constant pls_integer := 11;
      l_sum    pls_integer := 0;
      l_weight pls_integer;
   begin
      <<characters>>
      for i in 1 .. length(in_text) loop
         l_weight := 2 + mod(length(in_text) - i, in_highest_weight - 1);
         l_sum    := l_sum + (ascii(substr(in_text, i, 1)) - co_zero) * l_weight;
      end loop characters;
      return to_char(case when mod(l_sum, co_base) < 2 then 0 else co_base - mod(l_sum, co_base) end);
   end check_digit;

   function is_valid_taxid(in_taxid in varchar2) return boolean deterministic
   is
      co_body    constant varchar2(14 char) := substr(in_taxid, 1, greatest(length(in_taxid) - 2, 0));
      l_highest  pls_integer;
      l_computed varchar2(14 char);
   begin
      if regexp_like(in_taxid, '^[0-9]{11}$') and not regexp_like(in_taxid, '^(.)\1+$') then
         l_highest := 11;
      elsif regexp_like(in_taxid, '^[0-9A-Z]{12}[0-9]{2}$') then
         l_highest := 9;
      else
         return false;
      end if;
      l_computed := co_body || check_digit(in_text => co_body, in_highest_weight => l_highest);
      l_computed := l_computed || check_digit(in_text => l_computed, in_highest_weight => l_highest);
      return l_computed = in_taxid;
   end is_valid_taxid;

   function is_pending(
      in_erp in crm_types.fields_type,
      in_crm in crm_types.fields_type
   ) return boolean
   is
   begin
      <<fields>>
      for r_policy in (
         select p.field_name, p.comparison
           from crm_field_policies p
          order by p.position
      ) loop
         if in_crm.exists(r_policy.field_name)
            and differs(
                   in_comparison => r_policy.comparison,
                   in_left       => crm_fields.value_of(in_fields => in_erp, in_field_name => r_policy.field_name),
                   in_right      => in_crm(r_policy.field_name)
                )
         then
            return true;
         end if;
      end loop fields;
      return false;
   end is_pending;

   function stage_name(in_stage in varchar2) return varchar2
   is
   begin
      <<stages>>
      for r_stage in (
         select s.name
           from crm_stages s
      ) loop
         if not differs(
                   in_comparison => crm_types.co_text,
                   in_left       => r_stage.name,
                   in_right      => in_stage
                )
         then
            return r_stage.name;
         end if;
      end loop stages;
      return null;
   end stage_name;

   function is_allowed_move(
      in_from in crm_stages.name%type,
      in_to   in crm_stages.name%type
   ) return boolean
   is
      l_moves pls_integer;
   begin
      select count(*)
        into l_moves
        from crm_stage_moves m
       where m.from_stage = in_from
         and m.to_stage = in_to;
      return l_moves > 0;
   end is_allowed_move;

   function is_mirrored_stage(in_stage in varchar2) return boolean
   is
      co_name    constant crm_stages.name%type := stage_name(in_stage => in_stage);
      l_mirrored pls_integer;
   begin
      select count(*)
        into l_mirrored
        from crm_stages s
       where s.name = co_name
         and s.is_mirrored = crm_types.co_yes;
      return l_mirrored > 0;
   end is_mirrored_stage;
end crm_rules;
/
