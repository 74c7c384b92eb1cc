create or replace package crm_test_merge
   authid definer
is
   --%suite(merge: three ways, field by field)
   --%suitepath(crm)

   --%test(changed in the CRM only: a field of the CRM comes in, and nobody gives way)
   procedure crm_change_of_crm_field;

   --%test(changed in the CRM only: a field of the ERP stays, and the decision is kept)
   procedure crm_change_of_erp_field;

   --%test(changed in the ERP only: the ERP counts under every policy)
   procedure erp_change_alone;

   --%test(changed in the CRM only: the CRM counts under CRM, LATEST and MANUAL)
   procedure crm_change_alone;

   --%test(changed on both sides under CRM: the CRM wins, under ERP: the ERP)
   procedure both_changed;

   --%test(changed on both sides to the same: agreed, and nothing to decide)
   procedure both_to_the_same;

   --%test(under LATEST the later change wins)
   procedure latest;

   --%test(under LATEST the ERP wins a tie and an unknown time)
   procedure latest_unknown;

   --%test(under MANUAL a person must decide, and the ERP keeps its value meanwhile)
   procedure manual;

   --%test(changes to different fields both survive)
   procedure different_fields;

   --%test(merging the result again changes nothing)
   procedure idempotent;

   --%test(a value that was emptied counts as a change, on either side)
   procedure emptied;

   --%test(a field that was not read counts as unchanged)
   procedure absent_field;

   --%test(nothing agreed yet: the policy decides wherever both sides have a value)
   procedure no_base;

   --%test(nothing agreed yet: an empty field takes the value of the other side)
   procedure no_base_and_empty;

   --%test(accents and case make no decision in folded fields)
   procedure folded_field;

   --%test(a field that the ERP does not take cannot be given to the CRM)
   --%throws(-2290)
   procedure policy_of_erp_field;
end crm_test_merge;
/
