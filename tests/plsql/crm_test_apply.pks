create or replace package crm_test_apply
   authid definer
is
   --%suite(apply: a lead of the CRM comes into the ERP)
   --%suitepath(crm)

   --%beforeeach
   procedure quiet;

   --%test(a phone changed in the CRM comes into the ERP and sends nothing back)
   procedure crm_field_comes_in;

   --%test(a sales rep, an industry and a financial analysis come into the ERP)
   procedure other_crm_fields_come_in;

   --%test(a field emptied in the CRM is emptied in the ERP)
   procedure empty_field_comes_in;

   --%test(an industry is matched without accents and case)
   procedure industry_is_matched;

   --%test(a field that the ERP owns does not come in, and its value is sent again)
   procedure erp_field_is_sent_again;

   --%test(a city that differs only in accents and case changes nothing)
   procedure city_spelling;

   --%test(the echo of our own write is quiet)
   procedure echo_is_quiet;

   --%test(the same lead twice changes nothing the second time)
   procedure twice_is_once;

   --%test(the same financial analysis twice adds one credit decision)
   procedure credit_history_once;

   --%test(a new credit decision keeps the credit limit)
   procedure credit_limit_is_kept;

   --%test(a lead in an early stage is ignored)
   procedure early_stage_is_ignored;

   --%test(a lead that went back to an early stage leaves the mirror)
   procedure stage_went_back;

   --%test(a lead that went back or was discarded ends with the reason and is not deleted)
   procedure ends_with_a_reason;

   --%test(a lead that comes back is mirrored again)
   procedure comes_back;

   --%test(a lead that the CRM does not have ends at the second look, and the ERP stays as it is)
   procedure missing_needs_a_second_look;

   --%test(two looks in a row count as one)
   procedure missing_twice_too_soon;

   --%test(a stage is compared without no-break spaces and blanks around)
   procedure stage_spelling;

   --%test(a new stage is mirrored)
   procedure new_stage_is_mirrored;

   --%test(a lead that the ERP does not know is ignored)
   procedure unknown_lead_is_ignored;

   --%test(a lead whose branch is just being created is deferred)
   procedure being_created_is_deferred;

   --%test(a change in the ERP and one in the CRM to different fields both survive)
   procedure different_fields_merge;

   --%test(a change on both sides to a field of the CRM: the CRM wins)
   procedure crm_wins_its_field;

   --%test(a sales rep that the ERP does not know stays out, and the ERP sends its own)
   procedure unknown_rep_stays_out;

   --%test(after apply and delivery, ERP, agreed image and mirror are equal)
   procedure all_equal_in_the_end;

   --%test(a lead without an id is refused)
   --%throws(-20122)
   procedure lead_without_id;

   --%test(text that is not JSON is refused)
   --%throws(-20122)
   procedure not_json;

   --%test(a value that the mirror still holds comes in when the ERP has moved on since)
   procedure back_to_the_mirrored_value;
end crm_test_apply;
/
