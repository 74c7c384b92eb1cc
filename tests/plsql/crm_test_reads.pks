create or replace package crm_test_reads
   authid definer
is
   --%suite(reads: what of the CRM a webhook asks to be read)
   --%suitepath(crm)

   --%beforeeach
   procedure prepare;

   --%test(a webhook that shows other persons than agreed asks for the persons alone)
   procedure other_persons;

   --%test(one that shows another lead and the agreed persons asks for the lead alone)
   procedure other_lead;

   --%test(one that shows both changed asks for both)
   procedure both_changed;

   --%test(one that shows a person more, or one less, asks for the persons)
   procedure more_or_less;

   --%test(a webhook of a person, on a lead with several, asks for the persons whatever it shows)
   procedure person_event;

   --%test(a webhook of the only person, the main one, is an echo when it shows what is agreed)
   procedure only_person_event;

   --%test(a person that is not shown whole is read)
   procedure partly_shown;

   --%test(our own writing of a person, on a lead with several, is read: a choice of the main one looks the same)
   procedure own_writing;

   --%test(a main contact chosen after our own writing is read although its webhook is word for word the same)
   procedure choice_in_the_same_words;

   --%test(a main contact chosen while the webhooks of our own writings got lost is read)
   procedure choice_while_echoes_are_lost;

   --%test(a main contact chosen before an edit of the lead is read with it)
   procedure choice_under_an_edit;

   --%test(a main contact chosen in an early stage is read when the lead moves on)
   procedure choice_in_an_early_stage;

   --%test(a lead with several persons on which nothing new shows: its persons are read, long after us the lead too)
   procedure hidden_change;

   --%test(where the ERP alone says who is the main contact, nothing is hidden that could come in)
   procedure no_choice_comes_in;

   --%test(a lead with one person on which nothing new shows is an echo of what was agreed)
   procedure nothing_hidden;

   --%test(a person whose writing is in doubt is read)
   procedure in_doubt;

   --%test(persons that were let go are no difference)
   procedure let_go;

   --%test(too many persons to be kept are read)
   procedure kept_out;

   --%test(persons that the body does not show are read)
   procedure not_shown;

   --%test(a newer webhook of the lead still asks for the persons when an older one told of one)
   procedure superseded_person;

   --%test(an unknown lead is read with its persons only when it was converted and in a mirrored stage)
   procedure unknown_lead;

   --%test(in an early stage, and while persons are not taken, the lead is read alone)
   procedure lead_alone;
end crm_test_reads;
/
