create or replace package crm_lists
   authid definer
is
   /**
   Lists of keys as text, each key with one space before it, as collections.

   Owns:    nothing
   Commits: never
   */

   /** The keys of a list; never null. */
   function to_record_keys(in_list in varchar2) return crm_record_keys_ct deterministic;

   /** The whole numbers of a list; never null. */
   function to_ids(in_list in varchar2) return crm_ids_ct deterministic;
end crm_lists;
/
