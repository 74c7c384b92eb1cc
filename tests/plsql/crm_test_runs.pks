create or replace package crm_test_runs
   authid definer
is
   --%suite(runs: both sides are compared as a whole)
   --%suitepath(crm)

   --%beforeeach
   procedure quiet;

   --%test(a lead that is equal is proven and makes no finding)
   procedure equal_lead;

   --%test(a field changed in the CRM alone is a finding to be read, and validation changes neither side)
   procedure changed_in_crm;

   --%test(a field changed in the ERP alone is a finding to be sent)
   procedure changed_in_erp;

   --%test(a difference in accents and case of a folded field is none)
   procedure folded_field;

   --%test(a field that waits for a person is no finding)
   procedure resting_field;

   --%test(a lead whose stage the mirror does not show is a finding to be read)
   procedure mirror_is_stale;

   --%test(a lead edited in a stage that is not mirrored is outside)
   procedure edited_outside;

   --%test(a lead whose branch takes no part any more is a finding to be sent)
   procedure extra_lead;

   --%test(a lead that the ERP does not know is a finding in a mirrored stage only)
   procedure unknown_lead;

   --%test(a second lead of one CNPJ is a finding for a person)
   procedure double_lead;

   --%test(a branch that was never sent is a finding to be sent)
   procedure unsent_branch;

   --%test(a record with a change on its way is left alone)
   procedure change_on_its_way;

   --%test(a record with a webhook on its way is left alone)
   procedure webhook_on_its_way;

   --%test(a record that was settled after the page was read is left alone)
   procedure settled_since;

   --%test(a leased record is left alone)
   procedure leased_record;

   --%test(a resynchronisation takes a lead from the page into the ERP, without another call)
   procedure applied_from_page;

   --%test(a lead of a page is left with a hint when something happened to its record meanwhile)
   procedure live_change_wins;

   --%test(a lead of a page is left with a hint while its record is leased)
   procedure lease_wins;

   --%test(a resynchronisation requests what the ERP has to send)
   procedure resync_requests;

   --%test(a lead that is not in the CRM ends nothing: it is looked for by the live flow)
   procedure missing_is_looked_for;

   --%test(what no page showed is found by its id, and not what a page showed)
   procedure unseen_leads;

   --%test(the same page twice does nothing twice)
   procedure page_twice;

   --%test(a repair sends, and reads through hints that can wait)
   procedure repair;

   --%test(a repair sends a lead anew that the CRM has lost)
   procedure repair_lost_lead;

   --%test(a repair hands over no more at a time than asked, and goes on with the rest)
   procedure repair_in_pieces;

   --%test(branches that were never sent are found piece by piece, each once)
   procedure unsent_in_pieces;

   --%test(a repair leaves what is for a person, and what is being worked on)
   procedure repair_leaves;

   --%test(findings of a run that is not finished are not repaired)
   --%throws(-20140)
   procedure repair_of_open_run;

   --%test(true webhooks are claimed before hints)
   procedure webhooks_go_first;

   --%test(a second run of a kind is refused while one is open)
   --%throws(-20141)
   procedure second_run;

   --%test(whoever resumes a run takes it over, at its position)
   procedure resumed_run;

   --%test(a process that has lost its run is refused)
   --%throws(-20142)
   procedure lost_run;

   --%test(nothing to resume is refused)
   --%throws(-20140)
   procedure nothing_to_resume;

   --%test(a restart gives the open run up)
   procedure restarted_run;

   --%test(a pause is asked for and ends with the resumption)
   procedure paused_run;

   --%test(polling has one turn at a time)
   procedure poll_turns;

   --%test(polling turns what differs from the agreement into hints, once for each state, and sends nothing)
   procedure poll_hints;

   --%test(polling turns a person that is not as agreed into a hint, also while its record is at work)
   procedure poll_persons;

   --%test(a person that has the same values again after they were settled is another edit)
   procedure poll_same_again;

   --%test(polling says nothing of persons while they do not come in)
   procedure poll_persons_off;

   --%test(the figures count what is proven within a day)
   procedure convergence;

   --%test(a person that differs from the agreement is a finding to be read)
   procedure person_differs;

   --%test(a person whom the ERP does not know is a finding under a mirrored lead only)
   procedure unknown_person;

   --%test(a person whose contact was deleted in the ERP is no finding)
   procedure let_go_person;

   --%test(what the ERP cannot hold of a person is no difference)
   procedure person_that_is_cut;

   --%test(persons of a lead that the run found to be missing are no findings of their own)
   procedure persons_of_a_lost_lead;

   --%test(persons of a branch that takes no part any more are no findings of their own)
   procedure persons_of_a_branch_that_left;

   --%test(a client code that the lead lacks is sent)
   procedure client_code_is_sent;

   --%test(a page that holds no leads is refused)
   --%throws(-20122)
   procedure no_leads;
end crm_test_runs;
/
