create or replace package crm_origin
   authid definer
is
   /**
   Mark of the integration's own writes to the ERP, the second line against echoes (the first is content). The mark
   names record and transaction and lives in the client info of the session: no package state that a deployment could
   discard under the sessions of the ERP, and no effect after commit or rollback.

   Owns:    the client info of the sessions that apply
   Commits: never
   */

   /** From here on the changes of this record in this transaction are the integration's own. */
   procedure begin_apply(in_record_key in crm_types.record_key_type);

   /** Ends the mark. */
   procedure end_apply;

   /** The record that this transaction is applying; null for everybody else. */
   function applying return crm_types.record_key_type;
end crm_origin;
/
