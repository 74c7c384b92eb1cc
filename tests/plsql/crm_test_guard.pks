create or replace package crm_test_guard
   authid definer
is
   --%suite(guard: a delivery does not undo an edit that no webhook has told of)
   --%suitepath(crm)

   --%beforeall
   procedure quiet;

   --%test(a field that the CRM holds as agreed is sent)
   procedure nothing_unseen;

   --%test(a field that a user of the CRM has changed is taken out of the delivery, the others are sent)
   procedure unseen_edit;

   --%test(the same edit on both sides is no edit unseen)
   procedure same_on_both_sides;

   --%test(a value that becomes a null in the CRM is an edit unseen)
   procedure emptied;

   --%test(what is kept out keeps its agreed value after the delivery, and the sides count as different)
   procedure agreed_value_stays;

   --%test(the hint brings the edit into the merge, where the CRM wins a field of its own)
   procedure hint_is_merged;

   --%test(under LATEST the time of the change in the ERP still counts after the delivery without the field)
   procedure latest_keeps_its_time;

   --%test(a field that the ERP owns is sent whatever the CRM holds)
   procedure field_of_the_erp;

   --%test(accents and case are no edit unseen in a folded field)
   procedure folded_field;

   --%test(our own value of an attempt in doubt is no edit of a user)
   procedure own_value_in_doubt;

   --%test(a webhook that shows our own value of an attempt in doubt does not undo the next edit of the ERP)
   procedure own_value_in_merge;

   --%test(nothing was agreed: what the CRM holds otherwise is kept out)
   procedure without_base;

   --%test(nothing was agreed: an empty field of the CRM is no edit, the ERP fills it)
   procedure without_base_and_empty;

   --%test(a branch that joins again is compared with what the CRM held when it left)
   procedure joined_again;

   --%test(a late question about a lost claim is refused)
   --%throws(-20110)
   procedure stale_claim;
end crm_test_guard;
/
