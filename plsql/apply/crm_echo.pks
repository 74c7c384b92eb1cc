create or replace package crm_echo
   authid definer
   accessible by (
      package crm_bridge_api, package crm_test_echo, package crm_test_reads, package crm_test_contacts,
      package crm_test_substitute, package crm_test_contact_guard
   )
is
   /**
   Tells by what a webhook shows what is to be read of the CRM: nothing for the echo of our own delivery, else the lead,
   its persons, or both. A webhook is only a hint: what it shows is compared, never applied. One that shows what cannot
   be compared is read like one that shows nothing, so that it stops neither itself nor others.

   Owns:    nothing; settles rows of crm_inbox_events through crm_inbox
   Commits: never
   */

   /**
   Settles due webhooks of records that nobody works on as unchanged, when all of this holds: both sides were agreed
   at most echo_seconds before the webhook came, with no difference, doubt or conflict open; the webhook shows every
   field that may come into the ERP; what it shows equals the agreed image; and its stage is the agreed one or, where
   none is agreed yet, one that is not mirrored. A webhook that is marked as our own write (own_write = 'S') need not
   show more than it does: where the CRM says who wrote, the edits of others come as webhooks of their own. Whatever
   else is due is read. Rows that are locked are skipped.
   The persons that it shows must be those that were agreed, and whole. No webhook shows which person is the main one,
   and a user's choice of it looks like our own writing: so where one of them is not, and the choice could come into
   the ERP, nothing is an echo, and the persons are read.
   - @param in_limit     webhooks to look at
   - @param out_settled  webhooks settled
   */
   procedure settle_echoes(
      in_limit    in  pls_integer,
      out_settled out pls_integer
   );

   /**
   The same for webhooks that are claimed already: between the search for echoes and the claim the delivery that they
   echo may have been settled. What a webhook stands for must be an echo too.
   - @param io_inbox_ids     claimed webhooks; those that are echoes are settled and taken out
   - @param out_record_keys  records whose leases were given back
   */
   procedure settle_claimed(
      io_inbox_ids    in out crm_ids_ct,
      out_record_keys out    crm_record_keys_ct
   );

   /**
   Notes what claimed webhooks ask to be read, each together with those it stands for. The lead, unless the webhook
   shows that its fields are as agreed; the persons, when it does not show that they are, when it tells of a person, or
   when a choice of the main one may be hidden in it: it shows nothing new at all, or the lead has just come into a
   mirrored stage. A lead that is not known yet is read with its persons when it comes in a mirrored stage, to become a
   client.
   */
   procedure note_reads(in_inbox_ids in crm_ids_ct);
end crm_echo;
/
