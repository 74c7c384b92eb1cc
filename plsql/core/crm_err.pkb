create or replace package body crm_err
is
   co_max_length constant pls_integer := 2000;

   procedure raise_error(
      in_number in pls_integer,
      in_detail in varchar2 default null
   )
   is
   begin
      raise_application_error(
         in_number,
         substr(
            sentence(in_number => in_number) || case when in_detail is not null then ' (' || in_detail || ')' end,
            1,
            co_max_length
         ),
         true
      );
   end raise_error;

   procedure assert_given(
      in_name  in varchar2,
      in_value in varchar2
   )
   is
   begin
      if trim(in_value) is null then
         raise_error(
            in_number => co_invalid_action,
            in_detail => in_name || ' is missing'
         );
      end if;
   end assert_given;

   function is_about_value(in_code in pls_integer) return boolean deterministic
   is
   begin
      return case
                -- no row, or several, where one is expected; no_data_found is +100 in PL/SQL
                when in_code in (100, -1403, -1422, -1427) then true
                -- double, empty, too large, out of range, against a constraint
                when in_code in (-1, -1400, -1401, -1407, -1426, -1438, -1476, -1489, -2290, -2291, -2292) then true
                -- text and numbers of another form or length, characters that are none
                when in_code in (-1481, -1722, -6502, -12704, -12899, -19011, -22835, -29275) then true
                when in_code between -1899 and -1830 then true
                -- collections and objects that are not there, case without a branch
                when in_code in (-6530, -6531, -6532, -6533, -6592, -22814, -30625) then true
                -- JSON
                when in_code between -40699 and -40430 then true
                -- of this catalogue: about data
                when in_code between -20129 and -20120 then true
                else false
             end;
   end is_about_value;

   function sentence(in_number in pls_integer) return varchar2
   is
   begin
      return case in_number
                when co_lead_not_taken then 'a change of LEADS could not be taken into the ERP'
                when co_invalid_argument then 'argument outside its range'
                when co_invalid_outcome then 'unknown outcome'
                when co_stale_claim then 'the claim is over, nothing was changed'
                when co_unknown_event then 'no event has this id'
                when co_not_parked then 'only a parked event can be replayed'
                when co_crm_id_taken then 'another record has this lead already'
                when co_invalid_record_key then 'a record key is client code, hyphen, branch code'
                when co_invalid_json then 'not the JSON that is expected'
                when co_invalid_setting then 'no such setting, or not a number'
                when co_unknown_record then 'no record has this key'
                when co_stage_not_allowed then 'the lead cannot be moved to this stage'
                when co_ambiguous then 'not exactly one row of the ERP is meant'
                when co_unknown_conflict then 'no open conflict has this id'
                when co_invalid_choice then 'a conflict cannot be resolved like this'
                when co_record_leased then 'the record is being worked on, try again in a moment'
                when co_invalid_action then 'the action of an operator is not complete'
                when co_record_live then 'the branch takes part in the ERP still'
                when co_invalid_run then 'no such run, or in another state'
                when co_run_open then 'a run of this kind is open: resume it or give it up'
                when co_run_lost then 'the run was resumed by another process'
             end;
   end sentence;
end crm_err;
/
