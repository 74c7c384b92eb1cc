create or replace package crm_test_contacts
   authid definer
is
   --%suite(contacts: the persons of a lead come into the ERP)
   --%suitepath(crm)

   --%beforeeach
   procedure prepare;

   --%test(a person that the ERP does not know becomes a contact, and nothing is sent back)
   procedure new_person;

   --%test(what was changed in the CRM alone comes into the contact)
   procedure changed_in_the_crm;

   --%test(what was changed in the ERP alone stays, and goes out)
   procedure changed_in_the_erp;

   --%test(edits of different fields on both sides are both kept)
   procedure disjoint_edits;

   --%test(when both sides changed a field, the policy decides and the audit says so)
   procedure both_changed;

   --%test(a field with the policy ERP does not come in, and the value of the ERP goes out again)
   procedure erp_owned_field;

   --%test(a person is found by its stored id, whatever its e-mail address has become)
   procedure found_by_id;

   --%test(a person without a stored id is found by its e-mail address, without case)
   procedure found_by_email;

   --%test(a person without an e-mail address is found by its name among those that have none)
   procedure found_by_name;

   --%test(several contacts with the e-mail address of a person: parked, none of them is touched, the others come in)
   procedure several_contacts;

   --%test(several persons with the e-mail address of a contact: parked, none of them is taken for it)
   procedure several_persons;

   --%test(a newer reading of the lead takes the place of one that is parked)
   procedure parked_is_overtaken;

   --%test(the same e-mail address at another client is another contact)
   procedure other_client;

   --%test(a branch has exactly one main contact after the CRM moved the flag)
   procedure one_main_contact;

   --%test(a CRM that names no main contact leaves that of the ERP)
   procedure no_main_contact;

   --%test(e-mail in lower case, phone as national digits cut to 13, job title to 30, name to 60)
   procedure forms;

   --%test(values that the ERP cuts are not sent back)
   procedure cut_values_are_quiet;

   --%test(an emptied job title does not let the one of the catalogue show through)
   procedure emptied_job_title;

   --%test(the same persons twice change nothing)
   procedure twice;

   --%test(a value that the mirror still holds comes in when the ERP has moved on since)
   procedure back_to_the_mirrored_value;

   --%test(a person that is missing once is looked for again, lead and all, and nothing has changed)
   procedure missing_once;

   --%test(a person that is missing twice leaves its contact in the ERP, without a person and unsent)
   procedure missing_twice;

   --%test(a contact whose person was removed is added again when the ERP changes it)
   procedure edited_after_removal;

   --%test(a contact whose person was removed does not come back because another person is the main one now)
   procedure main_contact_no_more;

   --%test(a contact whose person was removed is added again when the ERP makes it the main one)
   procedure main_contact_again;

   --%test(the row of a person that was removed ends when its contact has got another person)
   procedure added_again;

   --%test(a person that is there again is not missing any more)
   procedure there_again;

   --%test(a contact deleted in the ERP does not come back from the CRM, which keeps its persons)
   procedure deleted_in_the_erp;

   --%test(a contact that was added without an answer is found, not made a second time)
   procedure added_without_an_answer;

   --%test(persons of a lead that is not mirrored do not come in)
   procedure early_stage;

   --%test(persons that were read with the lead come in with it)
   procedure with_the_lead;

   --%test(persons of a converted lead become contacts of the new client)
   procedure with_a_conversion;

   --%test(a row written into CONTACTS by hand reaches the ERP, and one of no known lead is refused)
   procedure by_hand;
end crm_test_contacts;
/
