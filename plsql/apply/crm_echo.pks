create or replace package crm_echo
   authid definer
   accessible by (package crm_bridge_api, package crm_test_echo)
is
   /**
   Tells the echoes of our own deliveries by what the webhooks show, so that they cost no call to the CRM.

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
   @param in_limit     webhooks to look at
   @param out_settled  webhooks settled
   */
   procedure settle_echoes(
      in_limit    in  pls_integer,
      out_settled out pls_integer
   );

   /**
   The same for webhooks that are claimed already: between the search for echoes and the claim the delivery that they
   echo may have been settled. What a webhook stands for must be an echo too.
   @param io_inbox_ids     claimed webhooks; those that are echoes are settled and taken out
   @param out_record_keys  records whose leases were given back
   */
   procedure settle_claimed(
      io_inbox_ids    in out crm_ids_ct,
      out_record_keys out    crm_record_keys_ct
   );
end crm_echo;
/
