create or replace package crm_gaps
   authid definer
is
   /**
   Keeps what could not be captured. Apart from crm_log, so that neither's table can take the other away.
   Called by dynamic blocks of crm_capture, hence open to all code of the schema.

   Owns:    the rows that are added to crm_capture_gaps
   Commits: autonomous
   */

   /** Keeps branches CLIENT-BRANCH, given as a list; see crm_lists. @param in_error  sqlerrm of the failure */
   procedure keep_records(
      in_table_name in varchar2,
      in_keys       in varchar2,
      in_error      in varchar2
   );

   /** Keeps clients all of whose branches are concerned, given as a list. */
   procedure keep_clients(
      in_table_name in varchar2,
      in_keys       in varchar2,
      in_error      in varchar2
   );

   /** Keeps branches. */
   procedure keep(
      in_table_name  in varchar2,
      in_record_keys in crm_record_keys_ct,
      in_error       in varchar2
   );
end crm_gaps;
/
