create or replace package crm_test_contact_guard
   authid definer
is
   --%suite(guard of persons: a contact's step does not undo an edit that no webhook has told of)
   --%suitepath(crm)

   --%beforeeach
   procedure quiet;

   --%test(a step names the fields that users may win, and none while their edits do not come in)
   procedure guarded_fields;

   --%test(what the CRM holds as agreed is sent)
   procedure nothing_unseen;

   --%test(a field that a user has changed leaves the step, the others are sent, and the agreed value stays)
   procedure unseen_edit;

   --%test(the hint brings the edit into the merge, which takes it and keeps what the ERP wanted as overwritten)
   procedure hint_is_merged;

   --%test(the same edit on both sides is no edit unseen, nor is another form of the same value)
   procedure same_on_both_sides;

   --%test(a field that the ERP owns is sent whatever the CRM holds)
   procedure field_of_the_erp;

   --%test(our own value of an attempt without an answer is no edit of a user, another one is)
   procedure own_value_in_doubt;

   --%test(an addition without an answer that a user has edited keeps what the user wrote)
   procedure edited_addition;

   --%test(a person that an addition without an answer left, whose contact the ERP has deleted, is no new contact)
   procedure deleted_addition;

   --%test(the same when the removal is delivered before the person is read, and for one person only)
   procedure removed_addition;

   --%test(our own value of an attempt in doubt does not undo the next edit of the ERP in the merge)
   procedure own_value_in_merge;

   --%test(another main contact that a user has chosen stays, one that both sides know)
   procedure other_main_contact;

   --%test(a person without a name is no edit: the merge would not take it)
   procedure without_a_name;

   --%test(a late question about a lost claim is refused)
   --%throws(-20110)
   procedure stale_claim;

   --%test(a contact that the change has no step of is refused)
   --%throws(-20100)
   procedure no_such_step;
end crm_test_contact_guard;
/
