create or replace package crm_funnel
   authid definer
   accessible by (package crm_bridge_api)
is
   /**
   Stage moves and discards that the ERP side asks for. The wish stands in crm_records and travels as a step of the
   record's next change.

   Owns:    nothing; writes wanted_stage and wanted_discard of crm_records
   Commits: never
   */

   /**
   Asks for a move. Where the stage in the CRM is not known yet, some move into the wanted stage must exist.
   - @throws crm_err.e_stage_not_allowed, crm_err.e_unknown_record
   */
   procedure request_stage(
      in_record_key in crm_records.record_key%type,
      in_stage      in varchar2,
      in_by         in varchar2
   );

   /**
   Asks for the discarding of the lead, where its stage allows a move to the first stage.
   - @throws crm_err.e_stage_not_allowed, crm_err.e_unknown_record
   */
   procedure request_discard(
      in_record_key in crm_records.record_key%type,
      in_reason     in varchar2,
      in_by         in varchar2
   );
end crm_funnel;
/
