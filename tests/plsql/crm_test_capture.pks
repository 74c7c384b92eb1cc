create or replace package crm_test_capture
   authid definer
is
   --%suite(capture: what the triggers on the ERP write)
   --%suitepath(crm)

   --%beforeeach
   procedure quiet;

   --%aftereach
   --%afterall
   procedure clean_up;

   --%test(an inserted branch that takes part is captured once)
   procedure insert_is_captured;

   --%test(an inserted branch that does not take part is not captured)
   procedure insert_without_integration;

   --%test(an update of a shown column is captured)
   procedure update_is_captured;

   --%test(an update to the same values is not captured)
   procedure same_values;

   --%test(an update of a column that is not shown is not captured)
   procedure irrelevant_column;

   --%test(a value that becomes null is captured)
   procedure value_to_null;

   --%test(a null that becomes a value is captured)
   procedure null_to_value;

   --%test(a null that stays null is not captured)
   procedure null_to_null;

   --%test(a deleted branch is captured)
   procedure delete_is_captured;

   --%test(a branch that stops or begins to take part is captured)
   procedure integration_flag;

   --%test(one statement on many rows captures each record once)
   procedure many_rows;

   --%test(a merge captures its inserts and its updates)
   procedure merge_is_captured;

   --%test(a new name of the client captures all its branches that take part)
   procedure client_name;

   --%test(a new credit decision is captured)
   procedure credit_decision;

   --%test(a credit decision for a branch that does not take part is not captured)
   procedure credit_decision_outside;

   --%test(versions of a record rise)
   procedure versions_rise;

   --%test(when capture fails the statement succeeds and a gap names the record)
   procedure failure_leaves_gap;

   --%test(when capture of a client fails each of its branches becomes a gap)
   procedure client_failure_leaves_gap;

   --%test(when capture of a contact or of a value fails the statement succeeds and a gap names the record)
   procedure detail_failure_leaves_gap;

   --%test(a repaired gap becomes a change and is closed)
   procedure gap_is_repaired;

   --%test(the record that is being applied is not captured, others are)
   procedure own_changes;

   --%test(the mark of the integration ends with its end)
   procedure mark_ends;
end crm_test_capture;
/
