create or replace package crm_capture_branches
   authid definer
is
   /**
   Captures what hangs on a branch, where the branch takes part. Reads ERP.BRANCHES, and so is a unit of its own: when
   a column that it reads is renamed, these changes become gaps and nothing else happens.
   Called by dynamic blocks of crm_capture, hence open to all code of the schema.

   Owns:    nothing; calls crm_capture_records
   Commits: never
   */

   /** Captures the branches of a list of keys. */
   procedure capture_details(
      in_table_name in varchar2,
      in_keys       in varchar2
   );

   /** Captures the branches of a list of clients. */
   procedure capture_clients(
      in_table_name in varchar2,
      in_keys       in varchar2
   );
end crm_capture_branches;
/
