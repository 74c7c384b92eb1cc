create or replace package crm_test_steps
   authid definer
is
   --%suite(steps: contacts, stage and discard that follow a lead)
   --%suitepath(crm)

   --%beforeeach
   procedure quiet;

   --%test(a new branch is claimed with its contacts after the lead, the primary one first, then by id)
   procedure contacts_in_order;

   --%test(a delivered contact is agreed, and its person id reaches the ERP and captures nothing)
   procedure contact_is_agreed;

   --%test(a changed contact is sent with the fields that differ, and the lead with none)
   procedure changed_contact;

   --%test(a contact field that becomes empty and one that becomes filled are both changes)
   procedure null_and_value;

   --%test(a change back to what was agreed is settled without a call)
   procedure changed_back;

   --%test(the primary flag moves with two contacts in one claim)
   procedure primary_flag;

   --%test(the job title of the catalogue counts where the contact has none)
   procedure catalogue_title;

   --%test(a contact is shown in the form of the CRM: composed letters, plain blanks, national digits, small e-mail)
   procedure form_of_the_crm;

   --%test(a deleted contact is removed under its person id, and forgotten afterwards)
   procedure removed_contact;

   --%test(a removed contact that was the primary one says so, to be let go in the CRM)
   procedure removed_primary;

   --%test(a contact that moved to another branch is removed there before it is added here)
   procedure moved_contact;

   --%test(what is done is not sent again after an attempt that failed)
   procedure done_stays_done;

   --%test(a failed contact does not repeat the lead)
   procedure lead_is_not_repeated;

   --%test(doubt falls on the contact that was begun, not on the others)
   procedure doubt_per_contact;

   --%test(of a contact in doubt only what the lost attempt has sent goes again, with what has changed since)
   procedure doubt_per_field;

   --%test(of a contact whose attempt was lost only what it was to send goes again)
   procedure lost_fields;

   --%test(doubt falls on the lead when no step was begun)
   procedure doubt_on_lead;

   --%test(a contact stays in doubt until an attempt has an answer)
   procedure doubt_ends;

   --%test(a lost attempt puts all its contacts in doubt)
   procedure lost_attempt;

   --%test(a failing lead parks its own contacts and nobody else's)
   procedure failing_lead;

   --%test(a change of a contact is captured once per record, however many rows the statement has)
   procedure captured_once;

   --%test(a contact of a branch that does not take part captures nothing)
   procedure branch_not_integrated;

   --%test(an update that changes nothing of a contact captures nothing)
   procedure nothing_changed;

   --%test(a person that another contact has already is refused)
   --%throws(-20120)
   procedure person_taken;

   --%test(steps that are not JSON are refused)
   --%throws(-20122)
   procedure steps_not_json;

   --%test(settling without steps agrees on the lead alone)
   procedure no_steps_named;

   --%test(no step is claimed while the setting send_steps is off)
   procedure switched_off;

   --%test(a branch that no longer takes part has no steps)
   procedure removed_branch;

   --%test(a stage that is asked for travels as a step and is agreed)
   procedure stage_is_moved;

   --%test(a stage is known in another spelling of the same name)
   procedure stage_spelling;

   --%test(a move that the rules do not allow is refused)
   --%throws(-20301)
   procedure stage_not_allowed;

   --%test(a stage of an unknown record is refused)
   --%throws(-20300)
   procedure unknown_record;

   --%test(a discard that is asked for ends the record once it is done)
   procedure discard;

   --%test(a contact that differs from its mirror shows with both sides)
   procedure view_of_differences;

   --%test(the kept procedure stores a person id once, by e-mail address without case)
   procedure kept_contact_id;

   --%test(the kept procedure refuses an e-mail address that two contacts have)
   --%throws(-20302)
   procedure kept_contact_ambiguous;

   --%test(the kept procedure stores a lead id by tax id)
   procedure kept_client_id;

   --%test(the kept procedure refuses a tax id that no branch has)
   --%throws(-20302)
   procedure kept_client_unknown;
end crm_test_steps;
/
