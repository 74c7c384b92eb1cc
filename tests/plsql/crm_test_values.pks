create or replace package crm_test_values
   authid definer
is
   --%suite(values: quotations and orders on their way to the CRM)
   --%suitepath(crm)

   --%beforeeach
   procedure quiet;

   --%test(the value is the smallest quantity per thousand times the negotiated price)
   procedure negotiated_price;

   --%test(the list price counts when the negotiated price is empty or 0)
   procedure list_price;

   --%test(only approved deliveries count, and none of a rejected quotation)
   procedure only_approved;

   --%test(a delivery of today counts whatever its time, as does the last of 365 days; the days outside do not)
   procedure whole_days;

   --%test(a branch without deliveries has no value, which is not 0)
   procedure no_value;

   --%test(the value of orders leaves out cancelled ones)
   procedure order_value;

   --%test(the kept functions and the set-based view agree on every branch of the ERP)
   procedure functions_agree_with_view;

   --%test(the kept functions look from a day on that is given)
   procedure from_a_day;

   --%test(a changed value is claimed as a step, and agreed when it is done)
   procedure budget_step;

   --%test(a lead that we made has no proposal, nor one whose value was taken away)
   procedure empty_proposal;

   --%test(the proposal of a lead that was found is not known)
   procedure found_is_not_empty;

   --%test(once a lead has been touched in the CRM its proposal is not known)
   procedure touched_is_not_empty;

   --%test(a lead that is sold gets no budget, which stays as the CRM has it until the sale is undone)
   procedure sold_gets_no_budget;

   --%test(without a product number values wait, nothing is parked, and the status says so)
   procedure no_product;

   --%test(once the product is set, what has waited is sent)
   procedure product_at_last;

   --%test(a value written to LEADS adds no credit decision and sends nothing)
   procedure mirror_is_quiet;

   --%test(a value that is gone is sent as empty)
   procedure budget_removed;

   --%test(a replacement that was interrupted is sent again although the value is agreed)
   procedure interrupted_replacement;

   --%test(a lost attempt puts the value in doubt)
   procedure lost_replacement;

   --%test(a lead is sold once, whatever becomes of its orders)
   procedure sold_once;

   --%test(a sale that failed is sent again)
   procedure sale_again;

   --%test(a lead in a stage that counts as sold is not sold again)
   procedure sold_in_crm;

   --%test(the product ids are settings)
   procedure product_ids;

   --%test(the views name the record and its CNPJ)
   procedure views_name_cnpj;

   --%test(an approved delivery, a price, a date and a status are captured)
   procedure captured;

   --%test(a delivery that is not approved and columns without meaning for the value capture nothing)
   procedure not_captured;

   --%test(an order is captured with its deliveries, prices and status)
   procedure order_captured;

   --%test(one statement on many deliveries captures the record once)
   procedure captured_once;

   --%test(a quotation of a branch that does not take part captures nothing)
   procedure branch_not_integrated;

   --%test(a value that changed because a day passed is found, once)
   procedure time_passes;

   --%test(a contact whose change was not captured is found as well)
   procedure contact_is_found;

   --%test(a discarded lead gets no value and no sale, until it is back in the funnel)
   procedure discarded_lead;

   --%test(a branch that comes back has its lead where it was, with the value of its quotations as they are now)
   procedure returning_branch;

   --%test(a discard whose attempt was lost is undone as well when the branch comes back)
   procedure lost_discard;

   --%test(a lead that a user has moved while its branch was away stays there)
   procedure returning_by_a_user;

   --%test(a lead that a user had discarded stays discarded when its branch comes back)
   procedure discarded_by_a_user;

   --%test(a value whose record has a change waiting or parked is left to it)
   procedure change_waits;

   --%test(the value of a lead that is not in the CRM yet waits for the lead)
   procedure lead_not_created;
end crm_test_values;
/
