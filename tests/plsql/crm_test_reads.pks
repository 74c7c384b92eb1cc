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

   --%test(a webhook of a person asks for the persons, whatever it shows, when we have written none)
   procedure person_event;

   --%test(a webhook of a person is the echo of our own writing of one, as often as we have written)
   procedure person_echo;

   --%test(what we wrote before the persons were read explains no webhook after it)
   procedure read_since_writing;

   --%test(a webhook that was not mirrored has used up the writing that it told of)
   procedure used_up_by_another;

   --%test(a lead with several persons on which nothing new shows is read with them, unless our calls explain it)
   procedure hidden_change;

   --%test(a lead with one person on which nothing new shows is an echo of what was agreed)
   procedure nothing_hidden;

   --%test(a person whose writing is in doubt is read)
   procedure in_doubt;

   --%test(persons that were let go are no difference)
   procedure let_go;

   --%test(too many persons to be kept are read)
   procedure kept_out;

   --%test(a newer webhook of the lead still asks for the persons when an older one told of one)
   procedure superseded_person;

   --%test(an unknown lead is read with its persons only when it was converted and in a mirrored stage)
   procedure unknown_lead;

   --%test(in an early stage, and while persons are not taken, the lead is read alone)
   procedure lead_alone;
end crm_test_reads;
/
